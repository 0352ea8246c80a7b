using System.Globalization;
using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Native;

namespace KernelGateway.ControlPlane.Engines.Groups;

/// <summary>The control groups of one sandbox: one directory in each hierarchy that is used.</summary>
/// <param name="directories">The directories; none where the machine allows no groups.</param>
/// <param name="time">The clock.</param>
internal sealed class SandboxGroup(IReadOnlyList<string> directories, TimeProvider time)
{
    private const string Frozen = "FROZEN";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    // A process that waits for a disk that does not answer cannot be frozen.
    private static readonly TimeSpan FreezeLimit = TimeSpan.FromSeconds(10);

    internal IReadOnlyList<string> Directories => directories;

    /// <summary>Gets the files by which a process joins the group.</summary>
    internal IEnumerable<string> MemberFiles =>
        directories.Select(directory => Path.Combine(directory, ControlGroupHierarchy.MembersFile));

    /// <summary>Gets whether all processes can be stopped at once.</summary>
    internal bool CanFreeze => UnifiedFreezer is not null || OldFreezer is not null;

    internal bool IsFrozen =>
        UnifiedFreezer is { } unified
            ? GroupFile.ReadText(unified) == "1"
            : OldFreezer is { } old && GroupFile.ReadText(old) != "THAWED";

    /// <summary>Gets how often the system has killed a process of the group because there was no memory.</summary>
    internal long MemoryKills =>
        ReadField("memory.events", "oom_kill") ?? ReadField("memory.oom_control", "oom_kill") ?? 0;

    internal TimeSpan? ProcessorTime =>
        ReadField("cpu.stat", "usage_usec") is { } microseconds ? TimeSpan.FromMicroseconds(microseconds)
        : ReadNumber("cpuacct.usage") is { } nanoseconds ? TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick)
        : null;

    internal long? MemoryBytes => ReadNumber("memory.current") ?? ReadNumber("memory.usage_in_bytes");

    internal long? CacheBytes => ReadField("memory.stat", "file") ?? ReadField("memory.stat", "cache");

    internal int? Processes => (int?)ReadNumber("pids.current");

    private string? UnifiedFreezer => Find("cgroup.freeze");

    private string? OldFreezer => Find("freezer.state");

    /// <summary>Stops all processes and waits until they are stopped.</summary>
    /// <exception cref="IOException">They cannot be stopped.</exception>
    /// <exception cref="OperationCanceledException">Canceled; the processes run.</exception>
    internal async Task FreezeAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        try
        {
            while (!TryFreeze())
            {
                if (time.GetElapsedTime(start) > FreezeLimit) throw new IOException("The processes of the sandbox do not stop.");
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            Thaw();
            throw;
        }
    }

    internal void Thaw()
    {
        if (UnifiedFreezer is { } unified) GroupFile.TryWrite(unified, "0");
        if (OldFreezer is { } old) GroupFile.TryWrite(old, "THAWED");
    }

    /// <summary>Sends SIGKILL to all processes, also frozen ones.</summary>
    internal void Kill()
    {
        if (Find("cgroup.kill") is not { } file || !GroupFile.TryWrite(file, "1"))
            foreach (var processId in ReadMembers()) LibC.Signal(processId, Signals.Kill);
        // Version 1 delivers no signal to what is frozen, and in version 2 a process is reaped only when its parent runs.
        Thaw();
    }

    /// <summary>Removes the directories; false while they have processes.</summary>
    internal bool TryRemove()
    {
        var isRemoved = true;
        foreach (var directory in directories) isRemoved &= ControlGroup.TryRemove(directory, Directory.Delete);
        return isRemoved;
    }

    /// <summary>Lists the processes; those of all hierarchies, because a process may have left one of them.</summary>
    internal IReadOnlyList<int> ReadMembers() =>
    [
        .. MemberFiles.SelectMany(GroupFile.ReadWords)
            .Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 1 && id != Environment.ProcessId)
            .Distinct(),
    ];

    private bool TryFreeze()
    {
        if (UnifiedFreezer is { } unified)
        {
            if (GroupFile.ReadText(unified) != "1") GroupFile.TryWrite(unified, "1");
            return ReadField("cgroup.events", "frozen") == 1;
        }

        var old = OldFreezer ?? throw new IOException("There is no freezer.");
        // A process that forks while the others are frozen keeps the state at FREEZING. Writing it again freezes the new one.
        if (GroupFile.ReadText(old) != Frozen) GroupFile.TryWrite(old, Frozen);
        return GroupFile.ReadText(old) == Frozen;
    }

    private string? Find(string file) =>
        directories.Select(directory => Path.Combine(directory, file)).FirstOrDefault(File.Exists);

    private long? ReadNumber(string file) => Find(file) is { } path ? GroupFile.ReadNumber(path) : null;

    private long? ReadField(string file, string name) =>
        directories.Select(directory => GroupFile.ReadField(Path.Combine(directory, file), name))
            .FirstOrDefault(value => value is not null);
}
