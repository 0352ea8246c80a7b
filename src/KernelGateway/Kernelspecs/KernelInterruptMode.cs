namespace KernelGateway.Kernelspecs;

/// <summary>The way to interrupt a kernel that its kernelspec declares.</summary>
public enum KernelInterruptMode
{
    /// <summary>By the signal SIGINT, sent to the kernel's process group.</summary>
    Signal,

    /// <summary>By an <c>interrupt_request</c> on the control channel.</summary>
    Message,
}
