namespace KernelGateway.Conformance;

/// <summary>The kernel could not be started or does not answer, so it cannot be examined.</summary>
public sealed class KernelUnreachableException : KernelGatewayException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">The attempt that failed.</param>
    /// <param name="innerException">The cause, when there is one.</param>
    public KernelUnreachableException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
