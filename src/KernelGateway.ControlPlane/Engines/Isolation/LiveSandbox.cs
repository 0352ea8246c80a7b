using KernelGateway.ControlPlane.Engines.Groups;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.ControlPlane.Engines.Records;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>A sandbox whose processes exist, or existed until a moment ago.</summary>
internal sealed class LiveSandbox
{
    private static readonly TimeSpan StatusLimit = TimeSpan.FromSeconds(2);

    private const UnixFileMode Sealed = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    private readonly TimeProvider _time;
    private volatile bool _isSealed;
    private readonly MonitoredProcess _main;

    internal LiveSandbox(
        SandboxPaths paths,
        SandboxRecord record,
        SandboxGroup group,
        SafeFileHandle mainHandle,
        MonitoredProcess? outer,
        SafeFileHandle? log,
        TimeProvider time)
    {
        Paths = paths;
        Record = record;
        Group = group;
        Log = log;
        Outer = outer;
        _time = time;
        _main = ProcessMonitor.Shared.Start(() => MonitoredProcess.ForSingleProcess(record.Main!.ProcessId, mainHandle));
        // Not with the context of the request that made the sandbox, which it outlives.
        using (ExecutionContext.SuppressFlow()) End = Task.Run(DescribeEndAsync);
    }

    internal SandboxPaths Paths { get; }

    /// <summary>Gets what is on the disk. Changed under <see cref="Lock"/>.</summary>
    internal SandboxRecord Record { get; private set; }

    internal SandboxGroup Group { get; }

    internal SafeFileHandle? Log { get; }

    internal MonitoredProcess? Outer { get; }

    /// <summary>Gets what lets operations on the sandbox run one after another.</summary>
    internal SemaphoreSlim Lock { get; } = new(1, 1);

    /// <summary>Gets whether it was removed. Changed under <see cref="Lock"/>.</summary>
    internal bool IsRemoved { get; set; }

    /// <summary>Completes when the command of the sandbox has ended. Never fails.</summary>
    internal Task<SandboxEnd> End { get; }

    internal bool IsPaused => Record.IsStopped || Group.IsFrozen;

    internal SandboxInstance Describe() => new(Record.Id, Record.StartedAt, IsPaused, Record.EngineName, Record.Notes);

    /// <summary>Returns whether a process that listens is one of the sandbox, which then makes no other file beside its socket.</summary>
    internal bool TryAccept(PeerCredentials peer)
    {
        if (!IsOwn(peer)) return false;
        Seal();
        return true;
    }

    internal void Save(SandboxRecord record)
    {
        record.Write(Paths.Record);
        Record = record;
    }

    /// <summary>Stops all processes.</summary>
    internal async Task<PauseMethod> PauseAsync(CancellationToken cancellationToken)
    {
        if (Group.CanFreeze)
        {
            await Group.FreezeAsync(cancellationToken).ConfigureAwait(false);
            return PauseMethod.Freezer;
        }

        if (Record.IsStopped) return PauseMethod.StopSignal;
        // Before the signals: after a crash in between, a resume wakes those that were stopped.
        Save(Record with { IsStopped = true });
        await StopSignals.StopAsync(ListProcesses, _time, cancellationToken).ConfigureAwait(false);
        return PauseMethod.StopSignal;
    }

    internal void Resume()
    {
        Group.Thaw();
        if (!Record.IsStopped) return;
        StopSignals.Resume(ListProcesses());
        Save(Record with { IsStopped = false });
    }

    /// <summary>Sends SIGKILL to everything that belongs to the sandbox.</summary>
    internal void Kill()
    {
        // The first process is the one of its namespace of processes: the system ends all others with it.
        Record.Main?.Kill();
        Group.Kill();
        Record.Outer?.Kill();
        Record.NetworkHelper?.Kill();
    }

    private bool IsOwn(PeerCredentials peer) => Record.HostId != 0
        ? peer.UserId == Record.HostId
        // All sandboxes of an ordinary user, and he himself, have the same user.
        : ProcessIdentity.ReadNamespace(peer.ProcessId) == Record.Main!.Namespace;

    // Takes the right to make further files in the directory of the socket, which no limit of the disk counts.
    private void Seal()
    {
        if (_isSealed || Record.HostId == 0) return;
        // It belongs to the superuser of the host, whom no capability inside stands for.
        File.SetUnixFileMode(Paths.SocketDirectory, Sealed);
        _isSealed = true;
    }

    private IEnumerable<ProcessStat> ListProcesses() =>
        ProcessStat.Running().Where(stat => ProcessIdentity.ReadNamespace(stat.ProcessId) == Record.Main!.Namespace);

    private async Task<SandboxEnd> DescribeEndAsync()
    {
        if (Outer is not null)
        {
            await Task.WhenAny(_main.Exited, Outer.Exited).ConfigureAwait(false);
            try
            {
                // With the exit code; it comes a moment later when the first process has ended before.
                await Outer.Exited.WaitAsync(StatusLimit, _time).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // The exit code is then not known.
            }
        }

        // Somebody can have killed the bubblewrap outside, which the sandbox does not notice.
        var exitCode = SandboxStatus.ReadExitCode(Paths);
        if (exitCode is null)
        {
            await _main.Exited.ConfigureAwait(false);
            exitCode = SandboxStatus.ReadExitCode(Paths);
        }

        var tail = Log is { IsClosed: false } log ? LogTail.Read(log) : "";
        return new SandboxEnd(exitCode, Group.MemoryKills > 0, tail);
    }
}
