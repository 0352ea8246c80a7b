namespace KernelGateway.Contexts;

/// <summary>The gateway has as many contexts as it may have. Remove one first.</summary>
public sealed class ContextLimitException : KernelGatewayException
{
    internal ContextLimitException(int limit)
        : base($"The gateway has {limit} contexts, which is its limit. Remove one first.") => Limit = limit;

    /// <summary>Gets the limit.</summary>
    public int Limit { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
