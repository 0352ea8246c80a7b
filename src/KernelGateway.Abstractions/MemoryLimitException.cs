namespace KernelGateway;

/// <summary>
/// Something does not fit into the memory that the gateway may use (<c>KernelGatewayOptions.MaxMemory</c>). Try again when
/// executions have ended.
/// </summary>
public sealed class MemoryLimitException : KernelGatewayException
{
    internal MemoryLimitException(long bytes)
        : base($"The gateway has no room for {bytes} bytes: the limit (MaxMemory) is reached. Try again when executions have ended.")
    {
    }

    internal MemoryLimitException(string message, Exception cause)
        : base(message, cause)
    {
    }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
