namespace KernelGateway.Zmtp;

/// <summary>Limits the memory that received messages of several sockets take together.</summary>
/// <remarks>The members are called by the receive loops of all connections at once. They must not wait and must not throw. Reserved memory
/// is released exactly once, if the application disposes the messages that it receives.</remarks>
public interface IZmtpMemoryBudget
{
    /// <summary>Reserves memory, or refuses it.</summary>
    /// <param name="bytes">How much is needed, more than zero.</param>
    /// <returns>False when there is not so much left; nothing is reserved then.</returns>
    bool TryReserve(long bytes);

    /// <summary>Releases memory that was reserved.</summary>
    /// <param name="bytes">How much is no longer needed, more than zero; a reservation may be released in parts.</param>
    void Release(long bytes);
}
