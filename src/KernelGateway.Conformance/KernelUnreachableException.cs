namespace KernelGateway.Conformance;

/// <summary>The kernel could not be started or does not answer, so nothing can be said about it.</summary>
public sealed class KernelUnreachableException : KernelGatewayException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was tried.</param>
    /// <param name="innerException">The cause, when there is one.</param>
    public KernelUnreachableException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
