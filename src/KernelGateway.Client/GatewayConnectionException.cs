namespace KernelGateway.Client;

/// <summary>There was no answer: the server cannot be reached, did not answer in time, or the connection was lost.</summary>
/// <remarks>What was sent may have had its effect. What can be repeated safely has been repeated before.</remarks>
public sealed class GatewayConnectionException : KernelGatewayException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed, with the address.</param>
    /// <param name="innerException">The cause, when there is one.</param>
    public GatewayConnectionException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
