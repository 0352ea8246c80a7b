namespace KernelGateway.Kernelspecs;

/// <summary>How a kernelspec says its kernel is to be interrupted.</summary>
public enum KernelInterruptMode
{
    /// <summary>By the signal SIGINT, sent to the kernel's process group.</summary>
    Signal,

    /// <summary>By an <c>interrupt_request</c> on the control channel.</summary>
    Message,
}
