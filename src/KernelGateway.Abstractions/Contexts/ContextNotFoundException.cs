namespace KernelGateway.Contexts;

/// <summary>There is no context with that id: it was never created, or has been removed.</summary>
public sealed class ContextNotFoundException : KernelGatewayException
{
    internal ContextNotFoundException(string contextId, string? reason = null)
        : base(reason is null ? $"Context {contextId} not found" : $"Context {contextId} not found: it {reason}") => ContextId = contextId;

    internal ContextNotFoundException(string contextId, string message, Exception cause)
        : base(message, cause) => ContextId = contextId;

    /// <summary>Gets the id that was asked for.</summary>
    public string ContextId { get; }
}
