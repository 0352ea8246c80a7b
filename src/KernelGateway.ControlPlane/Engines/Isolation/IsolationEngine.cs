using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using KernelGateway.ControlPlane.Engines.Groups;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.ControlPlane.Engines.Records;
using KernelGateway.Processes.ControlGroups;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>
/// Isolates sandboxes with namespaces, a filter of system calls, few capabilities, user ids of their own and control groups.
/// </summary>
/// <remarks>
/// It needs no daemon. The engines that derive from it differ in the program that makes the namespaces. If the service runs as
/// root, a sandbox has many users and limits of every resource that the machine can limit. If it runs as an ordinary user, a
/// sandbox has one user, which is the user of the service under another id, and the limits that the system allows this user. The
/// processes of a sandbox do not depend on the control plane: they live on when it ends.
/// </remarks>
public abstract partial class IsolationEngine : ISandboxEngine
{
    private readonly IsolationOptions _options;
    private readonly ISandboxLauncher _launcher;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SandboxGroupMaker _groups;
    private readonly SandboxFactory _factory;
    private readonly ConcurrentDictionary<string, LiveSandbox> _sandboxes = new(StringComparer.Ordinal);
    private readonly HostIdTable _hostIds;
    private readonly EngineDirectory _directory;
    private readonly SemaphoreSlim _preparing = new(1, 1);
    private bool _isReady;                                  // Changed under _preparing.

    private protected IsolationEngine(IsolationOptions options, ISandboxLauncher launcher, TimeProvider? time, ILogger? logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!Path.IsPathFullyQualified(options.DataDirectory) || options.DataDirectory.IndexOfAny([',', ':', '\\']) >= 0)
            throw new ArgumentException("The data directory is not an absolute path without ',', ':' and '\\'.", nameof(options));
        if (options.MaxSandboxes is < 1 or > 40_000)
            throw new ArgumentException("The number of sandboxes is not between 1 and 40,000.", nameof(options));
        if (options.HostIds.FindProblem() is { } problem)
            throw new ArgumentException($"The first user id cannot be used: {problem}.", nameof(options));
        _options = options;
        _launcher = launcher;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger.Instance;
        _groups = new SandboxGroupMaker(ControlGroupTree.Machine, $"sandbox-{Hash(options.DataDirectory)}-", _time);
        _directory = new EngineDirectory(options.DataDirectory);
        _hostIds = new HostIdTable(options.HostIds, launcher.IsRootless);
        _factory = new SandboxFactory(options, launcher, _groups, _time);
    }

    /// <inheritdoc/>
    public string Name => _launcher.EngineName;

    /// <inheritdoc/>
    public ValueTask<EngineReport> CheckAsync(CancellationToken cancellationToken = default) =>
        new(Task.Run(() => MachineCheck.Examine(_options, _launcher, _groups), cancellationToken));

    /// <inheritdoc/>
    public async Task<SandboxInstance> CreateAsync(
        SandboxSpecification specification, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(specification);
        SpecificationRules.Check(specification);
        await PrepareAsync(searches: false, cancellationToken).ConfigureAwait(false);
        var hostId = _hostIds.Reserve(specification.Id);
        try
        {
            var sandbox = await _factory.CreateAsync(
                _directory.PathsOf(specification.Id), specification, hostId, _directory.HostBase, cancellationToken).ConfigureAwait(false);
            _sandboxes[specification.Id] = sandbox;
            return sandbox.Describe();
        }
        catch
        {
            // What could not be removed keeps its range of ids.
            if (!Directory.Exists(_directory.PathsOf(specification.Id).Directory)) _hostIds.GiveBack(specification.Id);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SandboxInstance>> RecoverAsync(CancellationToken cancellationToken = default)
    {
        await PrepareAsync(searches: true, cancellationToken).ConfigureAwait(false);
        return [.. _sandboxes.Values.Select(sandbox => sandbox.Describe())];
    }

    /// <inheritdoc/>
    public Task<PauseMethod> PauseAsync(string id, CancellationToken cancellationToken = default) =>
        DoAsync(id, sandbox => sandbox.PauseAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task ResumeAsync(string id, CancellationToken cancellationToken = default) =>
        DoAsync(
            id,
            sandbox =>
            {
                sandbox.Resume();
                return Task.FromResult(true);
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task KillAsync(string id, string? keepFilesIn, CancellationToken cancellationToken = default) =>
        DoAsync(
            id,
            async sandbox =>
            {
                sandbox.Kill();
                // Those who wait for the end learn about it before the files with the exit code are gone.
                await sandbox.End.ConfigureAwait(false);
                sandbox.Log?.Dispose();
                var mounts = new SandboxMounts(sandbox.Paths, sandbox.Record.HostId);
                Action? keep = keepFilesIn is null ? null : () => mounts.Move(keepFilesIn);
                await _factory.RemoveAsync(sandbox.Paths, sandbox.Record, keep).ConfigureAwait(false);
                sandbox.IsRemoved = true;
                _sandboxes.TryRemove(id, out _);
                _hostIds.GiveBack(id);
                return true;
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task CopyFilesAsync(string id, string directory, CancellationToken cancellationToken = default) =>
        DoAsync(
            id,
            async sandbox =>
            {
                if (Path.Exists(directory))
                    throw SandboxEngineException.Invalid($"'{directory}' exists.");
                var wasPaused = sandbox.IsPaused;
                if (!wasPaused) await sandbox.PauseAsync(cancellationToken).ConfigureAwait(false);
                try
                {
                    return await new SandboxMounts(sandbox.Paths, sandbox.Record.HostId).SaveAsync(directory).ConfigureAwait(false);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    if (Directory.Exists(directory)) HostTool.RemoveTree(directory);
                    throw SandboxEngineException.Failed($"The files cannot be copied: {exception.Message}", exception);
                }
                finally
                {
                    if (!wasPaused) sandbox.Resume();
                }
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task SetNetworkAsync(string id, NetworkPolicy network, CancellationToken cancellationToken = default) =>
        DoAsync(id, sandbox => NetworkChange.ApplyAsync(sandbox, network, _time, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Stream> ConnectAsync(string id, CancellationToken cancellationToken = default)
    {
        var sandbox = Find(id);
        var (stream, peer) = await SandboxSocket.ConnectAsync(sandbox.Paths, cancellationToken).ConfigureAwait(false);
        if (sandbox.TryAccept(peer)) return stream;
        // The sandbox owns the directory: the name can be a link to any socket of the host.
        await stream.DisposeAsync().ConfigureAwait(false);
        LogForeignPeer(id, peer.UserId);
        throw SandboxEngineException.Failed($"The socket of the sandbox '{id}' leads to another process.");
    }

    /// <inheritdoc/>
    public ValueTask<SandboxUsage> ReadUsageAsync(string id, CancellationToken cancellationToken = default)
    {
        var sandbox = Find(id);
        var (group, record) = (sandbox.Group, sandbox.Record);
        var disk = record.DiskBytes == 0 ? null : MountCalls.GetSpace($"/proc/{record.Main!.ProcessId}/root/.");
        return new(new SandboxUsage(
            group.ProcessorTime,
            group.MemoryBytes,
            record.MemoryBytes == 0 ? null : record.MemoryBytes,
            group.CacheBytes,
            disk is { } space ? space.Total - space.Free : null,
            disk?.Total,
            group.Processes));
    }

    /// <inheritdoc/>
    public Task<SandboxEnd> WaitForEndAsync(string id, CancellationToken cancellationToken = default) =>
        Find(id).End.WaitAsync(cancellationToken);

    /// <summary>Releases the data directory. The sandboxes live on.</summary>
    public ValueTask DisposeAsync()
    {
        foreach (var sandbox in _sandboxes.Values) sandbox.Log?.Dispose();
        _directory.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private static string Hash(string directory) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(directory)))[..8];

    private LiveSandbox Find(string id) =>
        _sandboxes.TryGetValue(id, out var sandbox)
            ? sandbox
            : throw SandboxEngineException.NotFound(id);

    private async Task<T> DoAsync<T>(string id, Func<LiveSandbox, Task<T>> operation, CancellationToken cancellationToken)
    {
        var sandbox = Find(id);
        await sandbox.Lock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (sandbox.IsRemoved) Find(id);
            return await operation(sandbox).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw SandboxEngineException.Failed(exception.Message, exception);
        }
        finally
        {
            sandbox.Lock.Release();
        }
    }

    private async Task ScanAsync(CancellationToken cancellationToken)
    {
        foreach (var directory in Directory.EnumerateDirectories(_directory.Sandboxes))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var id = Path.GetFileName(directory);
            // Those that are being created, or were recovered before, are known.
            if (!_hostIds.IsReserved(id)) await RecoverAsync(id).ConfigureAwait(false);
        }
    }

    // Takes the data directory for this process, the first time, and finds what is in it.
    private async Task PrepareAsync(bool searches, CancellationToken cancellationToken)
    {
        await _preparing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isReady && !searches) return;
            if (!_directory.IsTaken) await TakeDirectoryAsync(cancellationToken).ConfigureAwait(false);
            // Before anything is made: the ids of sandboxes that live must not be used again.
            await ScanAsync(cancellationToken).ConfigureAwait(false);
            _isReady = true;
        }
        finally
        {
            _preparing.Release();
        }
    }

    private async Task TakeDirectoryAsync(CancellationToken cancellationToken)
    {
        var report = await CheckAsync(cancellationToken).ConfigureAwait(false);
        if (report.Features.FirstOrDefault(feature => feature.IsRequired && !feature.IsAllowed) is { } missing)
            throw new SandboxEngineException(
                SandboxEngineError.NotSupported, $"Sandboxes cannot be isolated: {missing.Detail}");
        _directory.Take();
    }

    private async Task RecoverAsync(string id)
    {
        var paths = _directory.PathsOf(id);
        if (SandboxRecord.Read(paths.Record) is { } record)
        {
            _hostIds.Take(id, record.HostId);
            if (await _factory.RestoreAsync(paths, record).ConfigureAwait(false) is { } sandbox)
            {
                _sandboxes[id] = sandbox;
                return;
            }

            LogSwept(id);
            _hostIds.GiveBack(id);
            return;
        }

        // Nothing was started before the first record was written.
        LogSwept(id);
        HostTool.RemoveTree(paths.Directory);
    }

    [LoggerMessage(7001, LogLevel.Warning, "The rest of sandbox {SandboxId}, which does not live, is removed.")]
    private partial void LogSwept(string sandboxId);

    [LoggerMessage(7002, LogLevel.Error, "The socket of sandbox {SandboxId} leads to user {UserId}; it is not used.")]
    private partial void LogForeignPeer(string sandboxId, uint userId);
}
