namespace KernelGateway.Contexts;

/// <summary>The gateway has as many contexts as it may have. Remove one first.</summary>
public sealed class ContextLimitException : KernelGatewayException
{
    internal ContextLimitException(int limit)
        : base($"The gateway has {limit} contexts, which is its limit. Remove one first.") => Limit = limit;

    internal ContextLimitException(string message, Exception cause)
        : base(message, cause)
    {
    }

    /// <summary>Gets the limit; null when a gateway on another machine reported it, whose message has it.</summary>
    public int? Limit { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
