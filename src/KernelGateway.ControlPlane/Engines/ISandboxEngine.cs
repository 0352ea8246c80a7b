namespace KernelGateway.ControlPlane.Engines;

/// <summary>Starts, pauses and ends sandboxes on this machine. Its members are thread-safe.</summary>
/// <remarks>
/// All state of an engine is in its files: after the control plane was killed, <see cref="RecoverAsync"/> finds
/// every sandbox again. Operations on one sandbox run one after another. Disposal leaves the sandboxes alive.
/// </remarks>
public interface ISandboxEngine : IAsyncDisposable
{
    /// <summary>Gets the name of the engine, such as <c>bubblewrap</c>.</summary>
    string Name { get; }

    /// <summary>Examines which features this machine allows, and changes nothing.</summary>
    /// <param name="cancellationToken">Cancels the examination.</param>
    ValueTask<EngineReport> CheckAsync(CancellationToken cancellationToken = default);

    /// <summary>Creates a sandbox and starts its sidecar. It returns when the process of the sidecar has started.</summary>
    /// <param name="specification">The sandbox.</param>
    /// <param name="cancellationToken">Cancels the creation. A cancelled or failed one leaves nothing behind.</param>
    /// <exception cref="SandboxEngineException">
    /// The machine cannot isolate the sandbox as specified, the specification is not valid, or the id is in use.
    /// </exception>
    Task<SandboxInstance> CreateAsync(SandboxSpecification specification, CancellationToken cancellationToken = default);

    /// <summary>
    /// Finds the sandboxes that are alive, also those of an earlier process of the control plane. Processes, control groups and
    /// directories of other sandboxes are removed.
    /// </summary>
    /// <param name="cancellationToken">Cancels the search.</param>
    Task<IReadOnlyList<SandboxInstance>> RecoverAsync(CancellationToken cancellationToken = default);

    /// <summary>Stops all processes of a sandbox; their memory is kept. A paused sandbox stays paused.</summary>
    /// <param name="id">The sandbox.</param>
    /// <param name="cancellationToken">Cancels the wait; the sandbox is then running.</param>
    /// <returns>How the processes were stopped.</returns>
    /// <exception cref="SandboxEngineException">There is no such sandbox.</exception>
    Task<PauseMethod> PauseAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Lets all processes of a paused sandbox continue. A running sandbox stays running.</summary>
    /// <param name="id">The sandbox.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="SandboxEngineException">There is no such sandbox.</exception>
    Task ResumeAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Ends a sandbox and removes its processes, mounts, control groups and directory. A sandbox that has ended by itself is
    /// removed too.
    /// </summary>
    /// <param name="id">The sandbox.</param>
    /// <param name="keepFilesIn">
    /// A directory that must not exist yet and that receives the sandbox's files, for <see cref="SandboxSpecification.Files"/>;
    /// null to delete them. It is on the file system of the engine's data directory.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait for the lock of the sandbox. A kill that has begun is completed.</param>
    /// <exception cref="SandboxEngineException">There is no such sandbox, or a part of it could not be removed.</exception>
    Task KillAsync(string id, string? keepFilesIn, CancellationToken cancellationToken = default);

    /// <summary>Copies the files of a sandbox while its processes are stopped, so that they belong to one instant.</summary>
    /// <param name="id">The sandbox.</param>
    /// <param name="directory">A directory that must not exist yet, for <see cref="SandboxSpecification.Files"/>.</param>
    /// <param name="cancellationToken">Cancels the wait for the sandbox. A copy that has begun is completed.</param>
    /// <exception cref="SandboxEngineException">There is no such sandbox, or its files cannot be copied.</exception>
    Task CopyFilesAsync(string id, string directory, CancellationToken cancellationToken = default);

    /// <summary>Connects to the Unix socket of the sidecar, and checks that the other side belongs to the sandbox.</summary>
    /// <param name="id">The sandbox.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="SandboxEngineException">There is no such sandbox, or another process listens.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The sidecar does not listen (yet).</exception>
    ValueTask<Stream> ConnectAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Reads how much processor time, memory and disk a sandbox uses.</summary>
    /// <param name="id">The sandbox.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="SandboxEngineException">There is no such sandbox.</exception>
    ValueTask<SandboxUsage> ReadUsageAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Changes which addresses a running sandbox can reach.</summary>
    /// <param name="id">The sandbox.</param>
    /// <param name="network">The new policy, which replaces the one before.</param>
    /// <param name="cancellationToken">Cancels the wait; the change may then have happened.</param>
    /// <exception cref="SandboxEngineException">
    /// There is no such sandbox, or the machine does not allow it (<see cref="SandboxEngineError.NotSupported"/>).
    /// </exception>
    Task SetNetworkAsync(string id, NetworkPolicy network, CancellationToken cancellationToken = default);

    /// <summary>Waits until the first process of a sandbox has ended, by itself or by a kill.</summary>
    /// <param name="id">The sandbox.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Why it has ended.</returns>
    /// <exception cref="SandboxEngineException">There is no such sandbox.</exception>
    Task<SandboxEnd> WaitForEndAsync(string id, CancellationToken cancellationToken = default);
}
