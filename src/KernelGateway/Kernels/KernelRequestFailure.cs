namespace KernelGateway.Kernels;

/// <summary>Why a request to a kernel failed.</summary>
public enum KernelRequestFailure
{
    /// <summary>No reply came in time.</summary>
    TimedOut,

    /// <summary>The kernel went idle without a reply: it does not know this type of request.</summary>
    NotSupported,

    /// <summary>The kernel answered with something that is not JSON, or nested too deeply to be read.</summary>
    Unreadable,
}
