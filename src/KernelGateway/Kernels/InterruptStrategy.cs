namespace KernelGateway.Kernels;

/// <summary>The way in which a kernel can be made to stop what it computes.</summary>
internal enum InterruptStrategy
{
    /// <summary>SIGINT to the process group.</summary>
    Signal,

    /// <summary><c>interrupt_request</c> on control.</summary>
    Message,

    /// <summary>No interrupt stops the code and keeps the process: the process has to be replaced.</summary>
    Restart,
}
