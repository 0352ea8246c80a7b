using System.Runtime.InteropServices;
using System.Security.Cryptography;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching.Addresses;
using KernelGateway.Launching.Native;
using KernelGateway.Launching.Processes;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Protocol.Connection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KernelGateway.Launching;

/// <summary>Starts kernels as processes of this machine.</summary>
/// <remarks>
/// A kernel runs in a session of its own, with standard input from /dev/null, with the environment that <see cref="LaunchOptions"/>
/// allows and with no file descriptor of the gateway. No thread or timer belongs to it: one thread watches all kernels. Disposing the
/// provisioner ends the kernels it started and removes its run directory.
/// </remarks>
public sealed partial class LocalKernelProvisioner : IKernelProvisioner, IAsyncDisposable
{
    private readonly LaunchOptions _options;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly HashSet<LocalKernelProcess> _processes = [];       // Guarded by _lock, as the two below.
    private RunDirectory? _runDirectory;
    private bool _isDisposed;

    /// <summary>Creates a provisioner. The run directory is made by the first launch.</summary>
    /// <param name="options">How kernels are started; the defaults when null.</param>
    /// <param name="logger">Receives one line per launched process.</param>
    public LocalKernelProvisioner(LaunchOptions? options = null, ILogger<LocalKernelProvisioner>? logger = null)
    {
        _options = options ?? new LaunchOptions();
        _logger = (ILogger?)logger ?? NullLogger.Instance;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The kernel id, or the name or value of a variable, cannot be used.</exception>
    /// <exception cref="PlatformNotSupportedException">The system is neither Linux nor macOS; attaching to kernels works.</exception>
    public async Task<IKernelProcess> LaunchAsync(KernelLaunch launch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(launch);
        LaunchCheck.Check(launch);
        cancellationToken.ThrowIfCancellationRequested();
        var environment = KernelEnvironment.Build(_options, launch.Spec, launch.Environment);
        var files = GetRunDirectory().Reserve(launch.KernelId);
        KernelAddress? address = null;
        LocalKernelProcess? process = null;
        try
        {
            var command = KernelCommand.Build(
                _options, launch.Spec, environment, launch.WorkingDirectory ?? Environment.CurrentDirectory, launch.KernelId, files.ConnectionFilePath);
            address = LeaseAddress(launch.Spec, files.Directory);
            var connectionInfo = CreateConnectionInfo(launch.Spec, address);
            await ConnectionFile.WriteAsync(files.ConnectionFilePath, connectionInfo, cancellationToken).ConfigureAwait(false);
            process = Start(launch, command, environment, connectionInfo, files, address);
            await files.WriteRecordAsync(launch, process.ProcessId, cancellationToken).ConfigureAwait(false);
            LogLaunched(launch.KernelId, launch.Spec.Name, process.ProcessId);
            return process;
        }
        catch
        {
            if (process is not null)
                await process.DisposeAsync().ConfigureAwait(false);
            else
            {
                files.Delete();
                address?.Dispose();
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        LocalKernelProcess[] processes;
        RunDirectory? runDirectory;
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            processes = [.. _processes];
            runDirectory = _runDirectory;
        }

        await Task.WhenAll(processes.Select(process => process.DisposeAsync().AsTask())).ConfigureAwait(false);
        if (runDirectory is not null) await runDirectory.DisposeAsync().ConfigureAwait(false);
    }

    private RunDirectory GetRunDirectory()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _runDirectory ??= RunDirectory.Create(_options.RunDirectoryRoot);
        }
    }

    private KernelAddress LeaseAddress(KernelSpec spec, RunDirectory directory)
    {
        if (_options.IpcKernels.Contains(spec.Name))
            return IpcAddress.Create(directory.Path) ?? throw new KernelLaunchException(
                LaunchFailureReason.AddressInUse,
                spec.Name,
                $"The run directory '{directory.Path}' has too long a path for Unix sockets, which '{spec.Name}' is to use. "
                    + $"Set a shorter {nameof(LaunchOptions)}.{nameof(LaunchOptions.RunDirectoryRoot)}.");

        return LoopbackAddressPool.Shared.Lease(_options.UsesOwnLoopbackAddresses) ?? throw new KernelLaunchException(
            LaunchFailureReason.AddressInUse, spec.Name, $"No loopback address with five free ports was found for a kernel of '{spec.Name}'.");
    }

    private static KernelConnectionInfo CreateConnectionInfo(KernelSpec spec, KernelAddress address) => new()
    {
        Transport = address.Transport,
        Ip = address.Ip,
        ShellPort = address.Ports[0],
        IOPubPort = address.Ports[1],
        StdinPort = address.Ports[2],
        ControlPort = address.Ports[3],
        HeartbeatPort = address.Ports[4],
        Key = RandomNumberGenerator.GetHexString(64, lowercase: true),
        SignatureScheme = "hmac-sha256",
        KernelName = spec.Name,
    };

    private LocalKernelProcess Start(
        KernelLaunch launch,
        KernelCommand command,
        Dictionary<string, string> environment,
        KernelConnectionInfo connectionInfo,
        KernelFiles files,
        KernelAddress address)
    {
        var output = new TailBuffer(OutputPipe.TailBytes);
        var error = new TailBuffer(OutputPipe.TailBytes);
        var outputPipe = OutputPipe.Create(output, out var kernelOutput);
        var errorPipe = OutputPipe.Create(error, out var kernelError);
        int result;
        int processId;
        using (kernelOutput)
        using (kernelError)
        {
            var request = new SpawnRequest
            {
                ProgramPath = command.ProgramPath,
                Argv = command.Argv,
                Environment = environment,
                WorkingDirectory = launch.WorkingDirectory,
                StandardOutput = kernelOutput,
                StandardError = kernelError,
            };
            result = ProcessSpawner.TrySpawn(request, out processId);
        }

        if (result != 0)
        {
            outputPipe.Dispose();
            errorPipe.Dispose();
            throw SpawnFailure.ToException(result, launch, command);
        }

        var monitored = MonitoredProcess.ForChild(processId, outputPipe, errorPipe);
        ProcessMonitor.Shared.Watch(monitored);
        var process = new LocalKernelProcess(
            monitored, ProcessMonitor.Shared, output, error, connectionInfo, files, address, _options, _logger);
        return Track(process);
    }

    private LocalKernelProcess Track(LocalKernelProcess process)
    {
        process.Disposed += Forget;
        lock (_lock) _processes.Add(process);
        return process;
    }

    private void Forget(LocalKernelProcess process)
    {
        lock (_lock) _processes.Remove(process);
    }

    [LoggerMessage(3101, LogLevel.Information, "Kernel {KernelId} ({KernelSpec}) launched as process {ProcessId}.")]
    private partial void LogLaunched(string kernelId, string kernelSpec, int processId);
}
