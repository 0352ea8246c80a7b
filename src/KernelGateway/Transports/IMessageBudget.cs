namespace KernelGateway.Transports;

/// <summary>Limits the memory that received messages of all kernels take together.</summary>
/// <remarks>
/// The members may be called by any thread. They neither wait nor throw. Reserved memory is released exactly once. A transport refuses a large
/// message for which nothing is granted (<see cref="ChannelChange.MessageRefused"/>), and stops reading while small ones wait.
/// </remarks>
public interface IMessageBudget
{
    /// <summary>Reserves memory, or refuses it.</summary>
    /// <param name="bytes">How much is needed, more than zero.</param>
    /// <returns>False when there is not so much left; nothing is reserved then.</returns>
    bool TryReserve(long bytes);

    /// <summary>Releases memory that was reserved.</summary>
    /// <param name="bytes">How much is no longer needed, more than zero; a reservation may be released in parts.</param>
    void Release(long bytes);
}
