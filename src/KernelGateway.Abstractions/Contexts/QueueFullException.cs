namespace KernelGateway.Contexts;

/// <summary>Too many executions of the context wait already. Try again when one has ended.</summary>
public sealed class QueueFullException : KernelGatewayException
{
    internal QueueFullException(string contextId, int waiting)
        : base($"Context {contextId} has {waiting} executions waiting, which is its limit. Try again when one has ended.")
    {
        ContextId = contextId;
    }

    internal QueueFullException(string contextId, string message, Exception cause)
        : base(message, cause) => ContextId = contextId;

    /// <summary>Gets the id of the context.</summary>
    public string ContextId { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
