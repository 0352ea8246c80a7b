namespace KernelGateway.Kernels;

/// <summary>The state of a kernel, as far as the gateway knows it.</summary>
public enum KernelState
{
    /// <summary>Its process is being started, or has not proven yet that it is ready.</summary>
    Launching,

    /// <summary>It answered, and its iopub is known to be subscribed.</summary>
    Ready,

    /// <summary>Its process ended or was ended, and a new one is being started under the same id.</summary>
    Restarting,

    /// <summary>It could not be brought back; a restart on request may still do it.</summary>
    Dead,

    /// <summary>It was shut down, or an attached kernel was detached.</summary>
    ShutDown,
}
