using KernelGateway.Protocol.Connection;

namespace KernelGateway.Launching;

/// <summary>The process of a kernel. Disposing it ends the process and removes everything that was made for it.</summary>
/// <remarks>
/// Disposing kills the process group if it still lives, waits for the exit, closes the pipes, deletes the connection file and the
/// Unix sockets and gives back the address, in that order. It never throws, and doing it twice does nothing.
/// Signals go to the process group, so they reach what the kernel started unless it moved to a group of its own. However the kernel
/// ends, what is left of its group is killed with it.
/// </remarks>
public interface IKernelProcess : IAsyncDisposable
{
    /// <summary>Gets the process id.</summary>
    int ProcessId { get; }

    /// <summary>Gets where the kernel listens and the key messages are signed with.</summary>
    KernelConnectionInfo ConnectionInfo { get; }

    /// <summary>Gets the path of the connection file, by which other clients can connect while the kernel lives.</summary>
    string ConnectionFilePath { get; }

    /// <summary>Gets a task that completes when the process has ended, with its exit code or signal. It never faults.</summary>
    Task<KernelExit> Exited { get; }

    /// <summary>Gets the end of what was written to standard error, at most 8 KiB.</summary>
    string StandardErrorTail { get; }

    /// <summary>Gets the end of what was written to standard output, at most 8 KiB.</summary>
    string StandardOutputTail { get; }

    /// <summary>Sends SIGINT.</summary>
    /// <returns>False when the process is already gone.</returns>
    bool Interrupt();

    /// <summary>Sends SIGTERM.</summary>
    /// <returns>False when the process is already gone.</returns>
    bool Terminate();

    /// <summary>Sends SIGKILL.</summary>
    /// <returns>False when the process is already gone.</returns>
    bool Kill();
}
