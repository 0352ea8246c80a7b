using KernelGateway.Protocol.Connection;

namespace KernelGateway.Launching;

/// <summary>The process of a kernel. Disposing it ends the process and removes everything that was created for it.</summary>
/// <remarks>
/// Disposing kills the process group if it still lives, waits for the exit, closes the pipes, deletes the connection file and the
/// Unix sockets and gives back the address, in that order. It never throws, and doing it twice does nothing.
/// Signals go to the process group, so they also reach the processes that the kernel started, unless these have moved to another
/// group. When the kernel has ended for any reason, the rest of its group is killed.
/// </remarks>
public interface IKernelProcess : IAsyncDisposable
{
    /// <summary>Gets the process id.</summary>
    int ProcessId { get; }

    /// <summary>Gets the kernel's addresses and the key with which messages are signed.</summary>
    KernelConnectionInfo ConnectionInfo { get; }

    /// <summary>Gets the path of the connection file, with which other clients can connect while the kernel runs.</summary>
    string ConnectionFilePath { get; }

    /// <summary>Gets a task that completes when the process has ended, with its exit code or signal. It never faults.</summary>
    Task<KernelExit> Exited { get; }

    /// <summary>Gets the last part of standard error, at most 8 KiB.</summary>
    string StandardErrorTail { get; }

    /// <summary>Gets the last part of standard output, at most 8 KiB.</summary>
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
