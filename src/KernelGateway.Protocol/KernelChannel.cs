namespace KernelGateway.Protocol;

/// <summary>Names one of the five sockets between a client and a kernel.</summary>
/// <remarks>Jupyter messaging 5.x, Introduction: shell, iopub, stdin, control and heartbeat.</remarks>
public enum KernelChannel
{
    /// <summary>Carries requests that use the interpreter, answered one by one.</summary>
    Shell,

    /// <summary>Carries requests that must not wait for running code: interrupt, shutdown, debug, subshells.</summary>
    Control,

    /// <summary>Carries the kernel's questions to the user and the answers to them.</summary>
    Stdin,

    /// <summary>Carries what the kernel broadcasts: status, output and other side effects.</summary>
    IOPub,

    /// <summary>Carries bytes that the kernel echoes unchanged.</summary>
    Heartbeat,
}
