namespace KernelGateway.Kernels;

/// <summary>Why a kernel's process and connection have ended.</summary>
public enum KernelCloseReason
{
    /// <summary>Its process ended without being asked to.</summary>
    Died,

    /// <summary>The sockets of an attached kernel were lost and its heartbeat does not answer.</summary>
    ConnectionLost,

    /// <summary>It was restarted: same id, fresh process.</summary>
    Restarted,

    /// <summary>It was shut down, or an attached kernel was detached.</summary>
    ShutDown,
}
