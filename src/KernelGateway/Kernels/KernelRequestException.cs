namespace KernelGateway.Kernels;

/// <summary>One request to a kernel failed; the kernel and its channels work.</summary>
public sealed class KernelRequestException : KernelGatewayException
{
    internal KernelRequestException(string requestType, KernelRequestFailure failure, string message)
        : base(message)
    {
        RequestType = requestType;
        Failure = failure;
    }

    /// <inheritdoc/>
    public override bool IsTransient => Failure == KernelRequestFailure.TimedOut;

    /// <summary>Gets the message type of the request.</summary>
    public string RequestType { get; }

    /// <summary>Gets why it failed.</summary>
    public KernelRequestFailure Failure { get; }
}
