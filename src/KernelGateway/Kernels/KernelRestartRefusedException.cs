namespace KernelGateway.Kernels;

/// <summary>The kernel was not restarted, because a new process could not be started now. It is as it was, with its process and state.</summary>
public sealed class KernelRestartRefusedException : KernelGatewayException
{
    internal KernelRestartRefusedException(string kernelId, Exception cause)
        : base($"Kernel {kernelId} was not restarted and is as it was, because a new process could not be started: {cause.Message}", cause)
    {
    }

    /// <inheritdoc/>
    public override bool IsTransient => InnerException is not KernelGatewayException { IsTransient: false };
}
