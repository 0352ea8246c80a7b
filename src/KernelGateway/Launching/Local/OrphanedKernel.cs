using System.Net;
using KernelGateway.Launching.Addresses;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using KernelGateway.Protocol.Connection;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Launching.Local;

/// <summary>
/// A kernel whose gateway has ended, found by its record. It must be adopted or ended; until then it is not watched.
/// </summary>
internal sealed class OrphanedKernel
{
    private readonly KernelFiles _files;

    internal OrphanedKernel(KernelRecord record, KernelFiles files)
    {
        Record = record;
        _files = files;
    }

    /// <summary>Gets the record that the previous gateway wrote.</summary>
    public KernelRecord Record { get; }

    /// <summary>Gets whether the process of the record still runs.</summary>
    /// <remarks>
    /// On Linux it must also carry the kernel's mark in its environment, and be ours: a record alone is not sufficient for
    /// signalling or adopting a process.
    /// </remarks>
    public bool IsRunning =>
        ProcessStart.Read(Record.ProcessId) == Record.ProcessStart
        && (!OperatingSystem.IsLinux() || Record.Mark.IsCarriedBy(Record.ProcessId));

    /// <summary>
    /// Finds the kernels of gateways that have ended, and locks their directories: no other gateway finds these kernels while
    /// this one runs.
    /// Each must be adopted or ended.
    /// </summary>
    /// <param name="root">The directory to search; <see cref="RunDirectory.DefaultRoot"/> when null.</param>
    /// <param name="cancellationToken">Prevents the search. A search that has begun is completed.</param>
    public static Task<IReadOnlyList<OrphanedKernel>> FindAllAsync(string? root = null, CancellationToken cancellationToken = default) =>
        OrphanSearch.RunAsync(RunRoots.For(root), cancellationToken);

    /// <summary>Takes the kernel over: its exit is noticed, its output is read again, and disposing the result ends it.</summary>
    /// <param name="options">How long its end is waited for, among others; null for the defaults.</param>
    /// <param name="logger">Receives what goes wrong when it is ended.</param>
    /// <param name="cancellationToken">Ends the attempt; the kernel stays an orphan.</param>
    /// <returns>Null when the process is gone; <see cref="EndAsync(CancellationToken)"/> then removes what it left.</returns>
    /// <remarks>The exit status of an adopted process is unknown: only its parent gets the exit code or signal.</remarks>
    /// <exception cref="ConnectionFileException">The connection file is unusable, and with it the kernel: end it.</exception>
    /// <exception cref="PlatformNotSupportedException">The system does not tell of the exit of a process that is no child (not Linux).</exception>
    public async Task<IAdoptableKernelProcess?> AdoptAsync(
        LaunchOptions? options = null, ILogger<LocalKernelProvisioner>? logger = null, CancellationToken cancellationToken = default)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("Kernels of a former gateway can be adopted on Linux only; elsewhere end them.");
        var connectionInfo = await ReadConnectionAsync(cancellationToken).ConfigureAwait(false);
        if (OpenProcess() is not { } handle) return null;

        var process = MonitoredProcess.ForOtherProcess(
            Record.ProcessId,
            handle,
            OutputPipe.Reopen(Record.ProcessId, descriptor: 1),
            OutputPipe.Reopen(Record.ProcessId, descriptor: 2));
        ProcessMonitor.Shared.Watch(process);
        var group = FindGroup();
        var resources = new KernelResources(_files)
        {
            Address = FindAddress(connectionInfo),
            Group = group,
            Background = new BackgroundProcesses(Record.Mark, group),
        };
        return new LocalKernelProcess(process, ProcessMonitor.Shared, connectionInfo, resources, options ?? new LaunchOptions(), logger);
    }

    /// <summary>Leaves the kernel unchanged to the next gateway.</summary>
    public void Leave() => _files.Keep();

    /// <summary>
    /// Kills the process group if it still runs, and the other processes that the kernel started. Waits for their end and removes
    /// the files.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting. The files of a process that may still run stay.</param>
    public Task<bool> EndAsync(CancellationToken cancellationToken = default) => EndAsync(new LaunchOptions(), cancellationToken);

    /// <summary>As the other overload, with the options of a gateway.</summary>
    /// <returns>
    /// False when a process did not end within <see cref="LaunchOptions.KillTimeout"/>; its files stay for the next gateway.
    /// </returns>
    internal async Task<bool> EndAsync(LaunchOptions options, CancellationToken cancellationToken)
    {
        var hasEnded = false;
        try
        {
            hasEnded = await TryKillAsync(options.KillTimeout, cancellationToken).ConfigureAwait(false);
            if (options.KeepBackgroundProcesses)
            {
                FindGroup()?.TryRemove();
            }
            else
            {
                // The search also finds a kernel that did not end. It is killed and not waited for a second time.
                hasEnded = await new BackgroundProcesses(Record.Mark, FindGroup())
                    .EndAsync(hasEnded ? options.KillTimeout : TimeSpan.Zero).ConfigureAwait(false) && hasEnded;
            }

            var address = FindAddress(await ReadConnectionAsync(cancellationToken).ConfigureAwait(false));
            // A process keeps its address for as long as it lives.
            if (hasEnded) address.Dispose();
        }
        catch (ConnectionFileException)
        {
            // Without it the sockets are unknown; they are deleted with the directory.
        }
        finally
        {
            // Kept files are not locked any more, so that the next gateway finds them.
            if (hasEnded) _files.Delete();
            else _files.Keep();
        }

        return hasEnded;
    }

    private ControlGroup? FindGroup() => OperatingSystem.IsLinux() ? ControlGroupTree.Machine.Find(_files.GroupKey) : null;

    private async Task<bool> TryKillAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            if (!OperatingSystem.IsWindows() && IsRunning) LibC.SignalGroup(Record.ProcessId, Signals.Kill);
            return true;
        }

        if (OpenProcess() is not { } handle) return true;
        var process = MonitoredProcess.ForOtherProcess(Record.ProcessId, handle, standardOutput: null, standardError: null);
        ProcessMonitor.Shared.Watch(process);
        try
        {
            process.Signal(Signals.Kill);
            // Real time: what is waited for is a process of the system.
            await process.Exited.WaitAsync(limit, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            await ProcessMonitor.Shared.LeaveAsync(process).ConfigureAwait(false);
        }
    }

    // Open the handle first, then check the identity: another process can get the id before that, but not afterwards.
    private SafeFileHandle? OpenProcess()
    {
        var descriptor = LibC.OpenProcessHandle(Record.ProcessId);
        if (descriptor < 0) return null;
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (IsRunning) return handle;
        handle.Dispose();
        return null;
    }

    private async Task<KernelConnectionInfo> ReadConnectionAsync(CancellationToken cancellationToken)
    {
        var connectionInfo = await ConnectionFile.ReadAsync(_files.ConnectionFilePath, cancellationToken).ConfigureAwait(false);

        // The user of the kernel owns the file. Such a kernel was given ports of loopback, and nothing else is connected to or deleted for it.
        var isLoopback = connectionInfo.Transport == KernelTransport.Tcp
            && IPAddress.TryParse(connectionInfo.Ip, out var address) && IPAddress.IsLoopback(address);
        if (Record.UserId is not null && !isLoopback)
            throw new ConnectionFileException(_files.ConnectionFilePath, "ip", "is not a loopback address, though the kernel's user was given one");
        return connectionInfo;
    }

    private KernelAddress FindAddress(KernelConnectionInfo connectionInfo)
    {
        if (connectionInfo.Transport == KernelTransport.Tcp) return LoopbackAddressPool.Shared.Adopt(connectionInfo.Ip);
        // Only files below the run directory may be deleted.
        var isOurs = Path.GetDirectoryName(connectionInfo.Ip) == _files.Directory.Path;
        return isOurs ? IpcAddress.Existing(connectionInfo.Ip) : new KernelAddress(connectionInfo.Transport, connectionInfo.Ip, [], () => { });
    }
}
