using KernelGateway.Launching;

namespace KernelGateway.Kernels;

/// <summary>The kernel has ended: its process died, was shut down, or could not be restarted. Restarting it may help.</summary>
public sealed class KernelClosedException : KernelGatewayException
{
    internal KernelClosedException(KernelCloseInfo info)
        : base(info.Describe())
    {
        Reason = info.Reason;
        Exit = info.Exit;
        StandardErrorTail = info.StandardErrorTail;
    }

    internal KernelClosedException(string message, Exception? innerException = null)
        : base(message, innerException) => Reason = KernelCloseReason.Died;

    /// <inheritdoc/>
    public override bool IsTransient => Reason == KernelCloseReason.Restarted;

    /// <summary>Gets why it has ended.</summary>
    public KernelCloseReason Reason { get; }

    /// <summary>Gets how its process ended; null when that is not known.</summary>
    public KernelExit? Exit { get; }

    /// <summary>Gets the last lines its process wrote to its standard error.</summary>
    public string StandardErrorTail { get; } = "";
}
