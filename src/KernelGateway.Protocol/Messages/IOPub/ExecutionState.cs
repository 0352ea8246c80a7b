namespace KernelGateway.Protocol.Messages.IOPub;

/// <summary>Is what a kernel says on iopub about itself, or a server in its place.</summary>
/// <remarks>Jupyter messaging 5.x, Kernel status.</remarks>
public enum ExecutionState
{
    /// <summary>A state this library does not know.</summary>
    Unknown,

    /// <summary>The process has started; said once, and often lost because nobody is subscribed yet.</summary>
    Starting,

    /// <summary>The request that is this message's parent is being processed.</summary>
    Busy,

    /// <summary>The request that is this message's parent is done.</summary>
    Idle,

    /// <summary>A server says that the kernel died and is being started again.</summary>
    Restarting,

    /// <summary>A server says that the kernel died and stays dead.</summary>
    Dead,
}
