using System.Globalization;
using KernelGateway.ControlPlane.Engines.Groups;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.ControlPlane.Engines.Records;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;

namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>Creates sandboxes and removes what is left of them.</summary>
/// <param name="options">How the engine works.</param>
/// <param name="launcher">What starts the commands.</param>
/// <param name="groups">The control groups.</param>
/// <param name="time">The clock.</param>
internal sealed class SandboxFactory(
    IsolationOptions options, ISandboxLauncher launcher, SandboxGroupMaker groups, TimeProvider time)
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StartPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan RemovalLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RemovalPause = TimeSpan.FromMilliseconds(2);

    private const UnixFileMode GroupOnly = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;

    /// <summary>Creates a sandbox. A failure leaves nothing behind.</summary>
    internal async Task<LiveSandbox> CreateAsync(
        SandboxPaths paths, SandboxSpecification specification, uint hostId, string hostBase, CancellationToken cancellationToken)
    {
        var record = new SandboxRecord
        {
            Id = specification.Id,
            EngineName = launcher.EngineName,
            StartedAt = time.GetUtcNow(),
            HostId = hostId,
            Groups = launcher.PlanGroups(groups, specification.Id),
            MemoryBytes = specification.MemoryBytes,
            // Only root can mount a file system of limited size.
            DiskBytes = launcher.IsRootless ? 0 : specification.DiskBytes,
            TakenFrom = specification.TakesFiles ? specification.Files : null,
            Network = specification.Network is { AllowsOutgoing: true } policy ? new NetworkRecord(policy.Allow, policy.Deny) : null,
        };
        ISandboxStart? start = null;
        var mounts = new SandboxMounts(paths, hostId);
        try
        {
            PrepareDirectory(paths, record);
            SudoProgram.Write(paths, specification.Template, launcher.IsRootless);
            List<string> notes = [];
            var group = groups.Create(record.Groups, specification, notes);
            start = await LaunchAsync(new SandboxLaunch(paths, specification, mounts, hostId, group, groups)
            {
                BaseDirectory = specification.Template.RootDirectory ?? hostBase,
                Notes = notes,
            }).ConfigureAwait(false);
            start.Watch();
            record = record with
            {
                Outer = start.Outer is { } outer ? ProcessIdentity.Read(outer.ProcessId) : null,
                Notes = notes,
            };
            var sandbox = await FinishAsync(paths, record, group, start, cancellationToken).ConfigureAwait(false);
            if (specification is { TakesFiles: true, Files: { } taken })
                HostTool.RemoveTree(taken);
            return sandbox;
        }
        catch (Exception exception)
        {
            start?.Log.Dispose();
            await RemoveAsync(paths, record, () => mounts.GiveBack(specification.Files)).ConfigureAwait(false);
            if (exception is IOException or UnauthorizedAccessException or DllNotFoundException)
                throw SandboxEngineException.Failed($"The sandbox cannot be created: {exception.Message}", exception);
            throw;
        }
        finally
        {
            start?.Dispose();
        }
    }

    private Task<ISandboxStart> LaunchAsync(SandboxLaunch launch) => launcher.IsRootless
        ? Task.Run(() => launcher.Launch(launch))
        : MountThread.RunAsync(() =>
        {
            launch.Mounts.PrepareDisk(launch.Specification);
            launch.Mounts.MountAll(launch.Specification, launch.BaseDirectory, options);
            return launcher.Launch(launch);
        });

    /// <summary>Ends the processes of a sandbox and removes everything of it.</summary>
    /// <exception cref="SandboxEngineException">Something of it could not be removed.</exception>
    internal async Task RemoveAsync(SandboxPaths paths, SandboxRecord record, Action? beforeDeletion = null)
    {
        var group = groups.Find(record.Groups);
        await EndProcessesAsync(paths, record, group).ConfigureAwait(false);
        await UntilAsync(group.TryRemove, "its control groups have processes").ConfigureAwait(false);
        // The system unmounts a moment after the last process.
        await UntilAsync(() => SandboxMounts.FindLoopDevice(paths.DiskImage) is null, "its disk is in use").ConfigureAwait(false);
        beforeDeletion?.Invoke();
        if (!Directory.Exists(paths.Directory)) return;
        try
        {
            HostTool.RemoveTree(paths.Directory);
        }
        catch (IOException exception)
        {
            throw SandboxEngineException.Failed($"The sandbox '{record.Id}' cannot be deleted: {exception.Message}", exception);
        }
    }

    /// <summary>Restores a sandbox of a former process, or removes what is left of it; null when it does not live.</summary>
    internal async Task<LiveSandbox?> RestoreAsync(SandboxPaths paths, SandboxRecord record)
    {
        // What its command has left running is removed too.
        var handle = SandboxStatus.ReadExitCode(paths) is null ? record.Main?.Open() : null;
        // The first process of a sandbox has no child before the block is released: whoever should have done it was killed.
        var hasRun = record.Main is { } main && (handle is null || HasChildren(main.ProcessId));
        if (handle is not null && hasRun)
            return new LiveSandbox(paths, record, groups.Find(record.Groups), handle, OpenOuter(record), log: null, time);
        handle?.Dispose();
        await RemoveAsync(paths, record, () => GiveBack(paths, record, hasRun)).ConfigureAwait(false);
        return null;
    }

    private static void GiveBack(SandboxPaths paths, SandboxRecord record, bool hasRun)
    {
        if (hasRun || record.TakenFrom is not { } files) return;
        var mounts = new SandboxMounts(paths, record.HostId);
        if (!SandboxMounts.HasFiles(files)) mounts.Move(files);
    }

    private static MonitoredProcess? OpenOuter(SandboxRecord record) =>
        record.Outer?.Open() is { } handle
            ? ProcessMonitor.Shared.Start(
                () => MonitoredProcess.ForSingleProcess(record.Outer.ProcessId, handle))
            : null;

    private async Task<LiveSandbox> FinishAsync(
        SandboxPaths paths, SandboxRecord record, SandboxGroup group, ISandboxStart start, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(StartLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        int child;
        try
        {
            child = await start.ReadChildAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw SandboxEngineException.Failed($"The sandbox was not made within {StartLimit}: {LogTail.Read(start.Log)}");
        }

        var main = ProcessIdentity.Read(child);
        if (main?.Open() is not { } handle)
            throw SandboxEngineException.Failed($"The sandbox has ended: {LogTail.Read(start.Log)}");
        try
        {
            record = record with { Main = main };
            record.Write(paths.Record);
            if (record.Network is { } network)
            {
                var place = launcher.IsRootless ? new NetworkPlace(start.Outer!.ProcessId, IsRootless: true) : new NetworkPlace(child);
                var helper = await OutgoingNetwork.ConnectAsync(place, network, group, paths, either.Token).ConfigureAwait(false);
                record = record with { NetworkHelper = helper };
                record.Write(paths.Record);
            }

            cancellationToken.ThrowIfCancellationRequested();
            await start.ReleaseAsync(either.Token).ConfigureAwait(false);
            await WaitForCommandAsync(main, start, either.Token).ConfigureAwait(false);
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        return new LiveSandbox(paths, record, group, handle, start.Outer, start.Log, time);
    }

    // The command is a child of the first process. When that has ended before, its output tells whether the command has run.
    private async Task WaitForCommandAsync(ProcessIdentity main, ISandboxStart start, CancellationToken cancellationToken)
    {
        while (!HasChildren(main.ProcessId))
        {
            if (!main.IsAlive)
            {
                var log = LogTail.Read(start.Log);
                if (!start.IsFailure(log)) return;
                throw SandboxEngineException.Failed($"The sandbox could not be started: {log}");
            }

            await Task.Delay(StartPause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool HasChildren(int processId)
    {
        try
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/task/{processId}/children");
            return File.ReadAllText(path).Length > 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended, or the kernel was built without the file.
            return ProcessStat.All().Any(stat => stat.ParentId == processId);
        }
    }

    private static void PrepareDirectory(SandboxPaths paths, SandboxRecord record)
    {
        Directory.CreateDirectory(paths.Directory);
        record.Write(paths.Record);
        Directory.CreateDirectory(paths.SocketDirectory);
        File.SetUnixFileMode(paths.SocketDirectory, HostRoot.OwnerOnly);
        File.SetUnixFileMode(paths.Directory, HostRoot.OwnerOnly);
        if (record.HostId != 0)
        {
            // Its own user may pass through.
            LibC.ChangeOwner(paths.Directory, 0, record.HostId);
            File.SetUnixFileMode(paths.Directory, HostRoot.OwnerOnly | UnixFileMode.GroupExecute);
            // The sandbox may make its socket here by the rights of the group.
            LibC.ChangeOwner(paths.SocketDirectory, 0, record.HostId);
            File.SetUnixFileMode(paths.SocketDirectory, HostRoot.OwnerOnly | GroupOnly);
        }

        File.WriteAllText(paths.ResolverConfiguration, record.Network is null ? "" : AddressRules.ResolverConfiguration);
        File.WriteAllText(paths.Hosts, $"127.0.0.1 localhost {record.Id}\n::1 localhost\n");
    }

    private async Task EndProcessesAsync(SandboxPaths paths, SandboxRecord record, SandboxGroup group)
    {
        await UntilAsync(
            () =>
            {
                record.NetworkHelper?.Kill();
                var main = record.Main?.Kill() == true;
                var outer = record.Outer?.Kill() == true;
                if (group.ReadMembers().Count > 0) group.Kill();
                return !main && !outer && group.ReadMembers().Count == 0 && KillUnrecorded(paths, record);
            },
            "its processes do not end").ConfigureAwait(false);
    }

    // A control plane that was killed before the second writing of the record knows no process. The users of the sandbox own
    // no others.
    private bool KillUnrecorded(SandboxPaths paths, SandboxRecord record)
    {
        if (record.Main is not null && record.HostId != 0) return true;
        var isNone = true;
        var users = record.HostId == 0 ? [] : HostUsers.FindProcesses(record.HostId, SandboxMounts.RangeSize);
        foreach (var processId in users.Concat(launcher.FindUnrecorded(paths)))
        {
            isNone = false;
            LibC.Signal(processId, Signals.Kill);
        }

        return isNone;
    }

    private async Task UntilAsync(Func<bool> condition, string problem)
    {
        var start = time.GetTimestamp();
        while (!condition())
        {
            if (time.GetElapsedTime(start) > RemovalLimit)
                throw SandboxEngineException.Failed($"The sandbox could not be removed: {problem}.");
            await Task.Delay(RemovalPause, time).ConfigureAwait(false);
        }
    }
}
