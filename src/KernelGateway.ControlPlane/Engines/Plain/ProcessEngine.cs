using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.ControlPlane.Engines.Records;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KernelGateway.ControlPlane.Engines.Plain;

/// <summary>
/// Runs each sandbox as ordinary processes of the control plane's user. It isolates nothing and limits nothing. Use it only for
/// development, on a machine that has nothing to protect.
/// </summary>
/// <remarks>The files of a sandbox are those of its home directory, which is the working directory of the sidecar.</remarks>
public sealed partial class ProcessEngine : ISandboxEngine
{
    internal const string EngineName = "process";
    private const int MaxSocketBytes = 107;
    internal const string NoIsolation =
        "The engine 'process' isolates nothing: programs have all rights of the control plane's user.";

    private readonly ProcessEngineOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, PlainSandbox> _sandboxes = new(StringComparer.Ordinal);

    /// <summary>Creates an engine. It does nothing before its first operation.</summary>
    /// <param name="options">The options of the engine.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Receives what is removed after a crash.</param>
    /// <exception cref="ArgumentException">The data directory is not an absolute path.</exception>
    public ProcessEngine(ProcessEngineOptions options, TimeProvider? time = null, ILogger<ProcessEngine>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!Path.IsPathFullyQualified(options.DataDirectory))
            throw new ArgumentException("The data directory is not an absolute path.", nameof(options));
        _options = options;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? (ILogger)NullLogger.Instance;
    }

    /// <inheritdoc/>
    public string Name => EngineName;

    private string SandboxesDirectory => Path.Combine(_options.DataDirectory, "sandboxes");

    /// <inheritdoc/>
    public ValueTask<EngineReport> CheckAsync(CancellationToken cancellationToken = default)
    {
        // Names of what it does not have.
        string[] missing =
        [
            EngineFeature.Isolation, EngineFeature.Users, EngineFeature.MemoryLimit, EngineFeature.ProcessorLimit,
            EngineFeature.ProcessLimit, EngineFeature.DiskLimit, EngineFeature.Freezer,
        ];
        return new(new EngineReport(
            Name,
            [
                .. missing.Select(name => new EngineFeature(name, IsAllowed: false, IsRequired: false, NoIsolation)),
                new EngineFeature(
                    EngineFeature.OutgoingNetwork, IsAllowed: true, IsRequired: false, "the network of the host, not filtered"),
                new EngineFeature(EngineFeature.FileCopy, IsAllowed: true, IsRequired: false, "the home of the sandbox"),
            ]));
    }

    /// <inheritdoc/>
    public async Task<SandboxInstance> CreateAsync(
        SandboxSpecification specification, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(specification);
        if (!SandboxId.IsValid(specification.Id))
            throw SandboxEngineException.Invalid($"'{specification.Id}' is not the id of a sandbox.");
        if (specification.Network.Allow.Count + specification.Network.Deny.Count > 0)
            throw new SandboxEngineException(SandboxEngineError.NotSupported, $"Connections cannot be filtered. {NoIsolation}");
        var paths = PathsOf(specification.Id);
        if (Encoding.UTF8.GetByteCount(paths.Socket) > MaxSocketBytes)
            throw SandboxEngineException.Failed(
                $"'{paths.Socket}' is longer than the path of a Unix socket can be: use a shorter data directory.");
        if (Directory.Exists(paths.Directory))
            throw new SandboxEngineException(SandboxEngineError.AlreadyExists, $"The sandbox '{specification.Id}' exists.");
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var sandbox = await Task.Run(() => Start(paths, specification), CancellationToken.None).ConfigureAwait(false);
            _sandboxes[specification.Id] = sandbox;
            return sandbox.Describe();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Delete(paths.Directory);
            throw SandboxEngineException.Failed($"The sandbox cannot be created: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SandboxInstance>> RecoverAsync(CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(SandboxesDirectory);
        foreach (var directory in Directory.EnumerateDirectories(SandboxesDirectory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var paths = new PlainPaths(directory);
            if (_sandboxes.ContainsKey(Path.GetFileName(directory))) continue;
            if (SandboxRecord.Read(paths.Record) is { Main: { } main } record && main.Open() is { } handle)
            {
                var process = ProcessMonitor.Shared.Start(() => MonitoredProcess.ForSingleProcess(main.ProcessId, handle));
                _sandboxes[record.Id] = new PlainSandbox(paths, record, process, _time);
                continue;
            }

            LogSwept(Path.GetFileName(directory));
            Delete(directory);
        }

        return Task.FromResult<IReadOnlyList<SandboxInstance>>([.. _sandboxes.Values.Select(sandbox => sandbox.Describe())]);
    }

    /// <inheritdoc/>
    public Task<PauseMethod> PauseAsync(string id, CancellationToken cancellationToken = default) =>
        Find(id).PauseAsync(cancellationToken);

    /// <inheritdoc/>
    public Task ResumeAsync(string id, CancellationToken cancellationToken = default) => Find(id).ResumeAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task KillAsync(string id, string? keepFilesIn, CancellationToken cancellationToken = default)
    {
        var sandbox = Find(id);
        await sandbox.KillAsync(cancellationToken).ConfigureAwait(false);
        if (!_sandboxes.TryRemove(id, out _)) return;
        if (keepFilesIn is not null) Directory.Move(sandbox.Paths.Home, keepFilesIn);
        Delete(sandbox.Paths.Directory);
    }

    /// <inheritdoc/>
    public Task SetNetworkAsync(string id, NetworkPolicy network, CancellationToken cancellationToken = default) =>
        Task.FromException(new SandboxEngineException(
            SandboxEngineError.NotSupported, "The sandboxes of this engine have the network of the host, which cannot be limited."));

    /// <inheritdoc/>
    public async Task CopyFilesAsync(string id, string directory, CancellationToken cancellationToken = default)
    {
        var sandbox = Find(id);
        if (Path.Exists(directory)) throw SandboxEngineException.Invalid($"'{directory}' exists.");
        var wasPaused = sandbox.Describe().IsPaused;
        if (!wasPaused) await sandbox.PauseAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var home = sandbox.Paths.Home;
            await Task.Run(() => HostTool.CopyTree(home, directory), CancellationToken.None)
                .ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            Delete(directory);
            throw SandboxEngineException.Failed($"The files cannot be copied: {exception.Message}", exception);
        }
        finally
        {
            if (!wasPaused) await sandbox.ResumeAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Stream> ConnectAsync(string id, CancellationToken cancellationToken = default)
    {
        var sandbox = Find(id);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            var place = new UnixDomainSocketEndPoint(sandbox.Paths.Socket);
            await socket.ConnectAsync(place, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<SandboxUsage> ReadUsageAsync(string id, CancellationToken cancellationToken = default)
    {
        var processes = Find(id).ListProcesses().Count;
        return new(new SandboxUsage(null, null, null, null, null, null, processes));
    }

    /// <inheritdoc/>
    public Task<SandboxEnd> WaitForEndAsync(string id, CancellationToken cancellationToken = default) =>
        Find(id).End.WaitAsync(cancellationToken);

    /// <summary>Does nothing: the sandboxes live on.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void Delete(string directory)
    {
        if (Directory.Exists(directory)) HostTool.RemoveTree(directory);
    }

    private PlainSandbox Start(PlainPaths paths, SandboxSpecification specification)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(paths.Socket)!);
        if (specification.Files is not { } files) Directory.CreateDirectory(paths.Home);
        else if (specification.TakesFiles) Directory.Move(files, paths.Home);
        else HostTool.CopyTree(files, paths.Home);
        using var log = File.OpenHandle(paths.Log, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        var request = PlainCommand.Describe(paths, specification, _options, log);
        var process = ProcessMonitor.Shared.Start(() =>
        {
            var error = ProcessSpawner.TrySpawn(request, out var processId);
            if (error != 0)
                throw new IOException($"'{request.ProgramPath}' cannot be started: {Marshal.GetPInvokeErrorMessage(error)}");
            return MonitoredProcess.ForDetachedChild(processId);
        });
        var record = new SandboxRecord
        {
            Id = specification.Id,
            EngineName = EngineName,
            StartedAt = _time.GetUtcNow(),
            Main = ProcessIdentity.Read(process.ProcessId),
            Notes = [NoIsolation],
        };
        record.Write(paths.Record);
        return new PlainSandbox(paths, record, process, _time);
    }

    private PlainPaths PathsOf(string id) => new(Path.Combine(SandboxesDirectory, id));

    private PlainSandbox Find(string id) =>
        _sandboxes.TryGetValue(id, out var sandbox)
            ? sandbox
            : throw SandboxEngineException.NotFound(id);

    [LoggerMessage(7003, LogLevel.Warning, "The rest of sandbox {SandboxId}, which does not live, is removed.")]
    private partial void LogSwept(string sandboxId);
}
