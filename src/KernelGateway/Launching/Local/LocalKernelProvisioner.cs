using System.Net.Sockets;
using System.Security.Cryptography;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching.Addresses;
using KernelGateway.Launching.Registration;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Launching.Users;
using KernelGateway.Processes.Limits;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Protocol.Connection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KernelGateway.Launching.Local;

/// <summary>Starts kernels as processes of this machine.</summary>
/// <remarks>
/// A kernel runs in its own session, with standard input from /dev/null, with the environment that <see cref="LaunchOptions"/>
/// allows and with no file descriptor of the gateway. There is no thread or timer per kernel: one thread watches all kernels.
/// Disposing the
/// provisioner ends the kernels it started and removes its run directory.
/// </remarks>
public sealed partial class LocalKernelProvisioner : IKernelProvisioner, IAsyncDisposable
{
    /// <summary>The name by which kernelspecs ask for local processes, as in Jupyter.</summary>
    public const string Name = "local-provisioner";

    private readonly LaunchOptions _options;
    private readonly ILogger _logger;
    private readonly KernelRegistration _registration;
    private readonly KernelUser? _user;
    private readonly KernelStarter _starter;
    private readonly Lock _lock = new();
    private readonly HashSet<LocalKernelProcess> _processes = [];       // Guarded by _lock, as the four below.
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private readonly List<RunDirectory> _formerRunDirectories = [];
    private RunDirectory? _runDirectory;
    private bool _isDisposed;

    /// <summary>Creates a provisioner. The run directory is created by the first launch.</summary>
    /// <param name="options">How kernels are started, copied; the defaults when null.</param>
    /// <param name="logger">Receives one line per launched process.</param>
    /// <param name="timeProvider">Measures how long a kernel has to register; the system's clock when null.</param>
    /// <exception cref="ArgumentException">Kernels cannot run as the user of the options. The message says why.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A time of the options is negative or more than 49 days, and not infinite; or a limit is too small.
    /// </exception>
    public LocalKernelProvisioner(
        LaunchOptions? options = null, ILogger<LocalKernelProvisioner>? logger = null, TimeProvider? timeProvider = null)
    {
        _options = options?.Copy() ?? new LaunchOptions();
        CheckTime(_options.KillTimeout, nameof(LaunchOptions.KillTimeout));
        CheckTime(_options.RegistrationTimeout, nameof(LaunchOptions.RegistrationTimeout));
        CheckLimit(_options.MemoryLimit, ProcessLimits.FindMemoryProblem(_options.MemoryLimit), nameof(LaunchOptions.MemoryLimit));
        CheckLimit(_options.ProcessLimit, ProcessLimits.FindProcessProblem(_options.ProcessLimit), nameof(LaunchOptions.ProcessLimit));
        if (_options.KernelUser is { } user)
        {
            _user = KernelUser.TryCreate(user, out var refusal)
                ?? throw new ArgumentException($"{nameof(LaunchOptions)}.{nameof(LaunchOptions.KernelUser)}: {refusal}.", nameof(options));
        }

        _logger = (ILogger?)logger ?? NullLogger.Instance;
        _registration = new KernelRegistration(_options.RegistrationTimeout, _logger, timeProvider ?? TimeProvider.System);
        _starter = new KernelStarter(_options, _user);
        if (_starter.Limiter?.Description is { } description) LogLimited(description);
        if (_starter.Limiter?.Problem is { } problem) LogNotLimited(problem);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The kernel id, or the name or value of a variable, cannot be used.</exception>
    /// <exception cref="PlatformNotSupportedException">The system is neither Linux nor macOS; attaching to kernels works.</exception>
    public async Task<IKernelProcess> LaunchAsync(KernelLaunch launch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(launch);
        LaunchCheck.Check(launch);
        cancellationToken.ThrowIfCancellationRequested();
        DescriptorLimit.CheckRoomForKernel(launch.Spec.Name);
        var environment = KernelEnvironment.Build(_options, launch.Spec, launch.Environment, _user);
        try
        {
            var resources = new KernelResources(GetRunDirectory().Reserve(launch.KernelId, UserId)) { Lingering = _starter.Lingering };
            var process = await StartAsync(launch, environment, resources, cancellationToken).ConfigureAwait(false);
            LogLaunched(launch.KernelId, launch.Spec.Name, process.ProcessId);
            return process;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SocketException)
        {
            throw SystemRefused(launch.Spec, exception);
        }
    }

    /// <inheritdoc/>
    /// <remarks>All that a launch needs is made ready and taken back: working directory, program, run directory, address.</remarks>
    public async Task CheckAsync(KernelLaunch launch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(launch);
        LaunchCheck.Check(launch);
        var environment = KernelEnvironment.Build(_options, launch.Spec, launch.Environment, _user);
        try
        {
            var resources = new KernelResources(GetRunDirectory().Reserve(launch.KernelId, UserId));
            try
            {
                BuildCommand(launch, environment, resources.Files.ConnectionFilePath);
                resources.Address = TakeAddress(launch.Spec, resources.Files.Directory);
                await resources.Files.WriteAsync("check", "", cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                resources.Release();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SocketException)
        {
            throw SystemRefused(launch.Spec, exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        LocalKernelProcess[] processes;
        RunDirectory[] runDirectories;
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            processes = [.. _processes];
            runDirectories = [.. _formerRunDirectories, .. _runDirectory is null ? [] : new[] { _runDirectory }];
        }

        await Task.WhenAll(processes.Select(process => process.DisposeAsync().AsTask())).ConfigureAwait(false);
        await _starter.DisposeAsync().ConfigureAwait(false);
        await _registration.DisposeAsync().ConfigureAwait(false);
        foreach (var runDirectory in runDirectories) await runDirectory.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Returns whether this is the key of one of its kernels: a connection file with this key belongs to this gateway.
    /// </summary>
    internal bool HasKey(string key)
    {
        lock (_lock) return _keys.Contains(key);
    }

    /// <summary>Returns the variables that kernels of a kernelspec have without those of their launch.</summary>
    internal IReadOnlyDictionary<string, string> GetInheritedVariables(KernelSpec spec) =>
        KernelEnvironment.Build(_options, spec, new Dictionary<string, string>(), _user);

    private static KernelLaunchException SystemRefused(KernelSpec spec, Exception exception) => new(
        LaunchFailureReason.SystemRefused, spec.Name, $"The kernel '{spec.Name}' cannot be started: {exception.Message}", innerException: exception);

    private static void CheckTime(TimeSpan time, string name)
    {
        if (time < TimeSpan.Zero && time != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(name, time, $"{nameof(LaunchOptions)}.{name} is negative and not infinite.");
        if (time > DurationLimit.Max)
        {
            throw new ArgumentOutOfRangeException(
                name, time, $"{nameof(LaunchOptions)}.{name} is more than {DurationLimit.Max.TotalDays:0} days and not infinite.");
        }
    }

    private static void CheckLimit(object? limit, string? problem, string name)
    {
        if (problem is not null) throw new ArgumentOutOfRangeException(name, limit, $"{nameof(LaunchOptions)}.{name} {problem}.");
    }

    private RunDirectory GetRunDirectory()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_runDirectory is { IsIntact: true }) return _runDirectory;
            if (_runDirectory is { } lost)
            {
                // The rest of it is deleted with its kernels, at the end.
                LogRunDirectoryLost(lost.Path);
                _formerRunDirectories.Add(lost);
            }

            return _runDirectory = RunDirectory.Create(RunRoots.For(_options.RunDirectoryRoot, isPassable: _user is not null), LogPassedOver);
        }
    }

    private async Task<LocalKernelProcess> StartAsync(
        KernelLaunch launch, Dictionary<string, string> environment, KernelResources resources, CancellationToken cancellationToken)
    {
        LocalKernelProcess? process = null;
        var key = RandomNumberGenerator.GetHexString(64, lowercase: true);
        try
        {
            lock (_lock) _keys.Add(key);
            var files = resources.Files;
            foreach (var (name, content) in launch.FileVariables.Where(variable => !environment.ContainsKey(variable.Key)))
            {
                environment[name] = await files.WriteAsync(name, content, cancellationToken).ConfigureAwait(false);
                _user?.GiveFile(environment[name]);
            }

            environment[KernelMark.VariableName] = files.ConnectionFilePath;
            var registers = _options.UsesRegistration && _user is null && RegistrationGate.IsOfferedBy(launch.Spec) && !UsesIpc(launch.Spec);
            var command = BuildCommand(launch, environment, registers ? files.RegistrationFilePath : files.ConnectionFilePath);
            resources.Address = TakeAddress(launch.Spec, files.Directory);
            var connectionInfo = AddressLease.Describe(launch.Spec, resources.Address, key);
            if (registers)
                resources.Ticket = await _registration.OpenAsync(files, connectionInfo, cancellationToken).ConfigureAwait(false);
            else
                await ConnectionFile.WriteAsync(files.ConnectionFilePath, connectionInfo, cancellationToken).ConfigureAwait(false);
            if (!registers) _user?.GiveFile(files.ConnectionFilePath);

            await files.WriteIntentionAsync(launch, cancellationToken).ConfigureAwait(false);
            var (monitored, group) = await _starter.StartAsync(launch, command, GetDirectory(launch), environment, files, cancellationToken)
                .ConfigureAwait(false);
            resources.Group = group;
            if (!_options.KeepBackgroundProcesses)
                resources.Background = new BackgroundProcesses(new KernelMark(files.ConnectionFilePath, files.UserId), group);
            process = new LocalKernelProcess(monitored, ProcessMonitor.Shared, connectionInfo, resources, _options, _logger);
            Track(process);
            _options.Started?.Invoke(process);
            await files.WriteRecordAsync(launch, process.ProcessId, cancellationToken).ConfigureAwait(false);
            if (resources.Ticket is { } ticket)
                await _registration.CompleteAsync(launch.Spec, process, files, ticket, cancellationToken).ConfigureAwait(false);
            return process;
        }
        catch
        {
            if (process is null) resources.Release();
            else await process.DisposeAsync().ConfigureAwait(false);
            lock (_lock) _keys.Remove(key);
            throw;
        }
    }

    private uint? UserId => _user?.Account.UserId;

    private string GetDirectory(KernelLaunch launch) => launch.WorkingDirectory ?? _user?.Account.DefaultDirectory ?? Environment.CurrentDirectory;

    private KernelCommand BuildCommand(KernelLaunch launch, Dictionary<string, string> environment, string connectionFilePath) =>
        KernelCommand.Build(_options, launch.Spec, environment, GetDirectory(launch), launch.KernelId, connectionFilePath);

    private bool UsesIpc(KernelSpec spec) => _user is null && _options.IpcKernels.Contains(spec.Name) && LaunchQuirks.For(spec).SupportsIpc;

    private KernelAddress TakeAddress(KernelSpec spec, RunDirectory directory) =>
        AddressLease.Take(spec, UsesIpc(spec), directory.Path, _options.UsesOwnLoopbackAddresses);

    private void Track(LocalKernelProcess process)
    {
        lock (_lock)
        {
            // Disposed during this launch; the caller ends the process that it has started.
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            process.Disposed += Forget;
            _processes.Add(process);
        }
    }

    private void Forget(LocalKernelProcess process)
    {
        lock (_lock)
        {
            _processes.Remove(process);
            _keys.Remove(process.ConnectionInfo.Key);
        }
    }

    [LoggerMessage(3160, LogLevel.Warning,
        "{Path} cannot hold the run directory: {Problem}. Another place is used; records of an earlier gateway in it are ignored.")]
    private partial void LogPassedOver(string path, string problem);

    [LoggerMessage(3161, LogLevel.Warning,
        "The run directory {Path} or the lock in it was removed while the gateway ran; a new one is made. "
        + "Kernels that were started before cannot be taken over by the next gateway if this one crashes.")]
    private partial void LogRunDirectoryLost(string path);

    [LoggerMessage(3101, LogLevel.Information, "Kernel {KernelId} ({KernelSpec}) launched as process {ProcessId}.")]
    private partial void LogLaunched(string kernelId, string kernelSpec, int processId);

    [LoggerMessage(3164, LogLevel.Information, "Each kernel is limited to {Limits}.")]
    private partial void LogLimited(string limits);

    [LoggerMessage(3165, LogLevel.Warning, "Kernels are not limited to {Limits}.")]
    private partial void LogNotLimited(string limits);
}
