using System.Globalization;
using KernelGateway.Processes.Native;

namespace KernelGateway.Processes.ControlGroups;

/// <summary>
/// A control group of Linux: all processes that a process has started, even if they try to hide, and what they may use together.
/// </summary>
/// <remarks>It is a directory in one hierarchy, or one of the same name in each of several hierarchies of version 1.</remarks>
internal sealed class ControlGroup
{
    // Version 1 writes "no limit" as the largest number of whole pages.
    private const long NoLimit = long.MaxValue / 2;

    private readonly IReadOnlyList<string> _directories;
    private readonly Action<string> _removeDirectory;
    private readonly long _killsBefore;

    /// <param name="directories">Its directories. By the first one the members are found and killed.</param>
    /// <param name="removeDirectory">Removes an empty group.</param>
    internal ControlGroup(IReadOnlyList<string> directories, Action<string> removeDirectory)
    {
        _directories = directories;
        _removeDirectory = removeDirectory;
        _killsBefore = ReadKills();
    }

    /// <summary>Gets the files by which a process joins the group: it writes "0" into each.</summary>
    internal IEnumerable<string> MemberFiles =>
        _directories.Select(directory => Path.Combine(directory, ControlGroupHierarchy.MembersFile));

    /// <summary>Moves a process into the group; false when that is not permitted.</summary>
    internal bool TryAdd(int processId)
    {
        var text = processId.ToString(CultureInfo.InvariantCulture);
        return MemberFiles.All(file => GroupFile.TryWrite(file, text));
    }

    /// <summary>
    /// Gets whether the system has killed a process of the group, since this object was created, because there was no memory.
    /// </summary>
    internal bool HasKilledForMemory => ReadKills() > _killsBefore;

    /// <summary>Gets the memory limit of the group in bytes; null where it has none itself.</summary>
    internal long? MemoryLimit => _directories
        .Select(directory => GroupFile.ReadNumber(Path.Combine(directory, "memory.max"))
            ?? GroupFile.ReadNumber(Path.Combine(directory, "memory.limit_in_bytes")))
        .FirstOrDefault(limit => limit is > 0 and < NoLimit);

    /// <summary>Sends SIGKILL to all processes of the group.</summary>
    internal void Kill()
    {
        // One write since Linux 5.14; before, and in version 1, one after another: callers repeat it until the group is empty.
        var file = Path.Combine(_directories[0], "cgroup.kill");
        if (File.Exists(file) && GroupFile.TryWrite(file, "1")) return;
        foreach (var processId in ReadMembers()) LibC.Signal(processId, Signals.Kill);
    }

    /// <summary>Removes the group; false when it still has processes.</summary>
    internal bool TryRemove()
    {
        // All of them, also after a failure.
        var isRemoved = true;
        foreach (var directory in _directories) isRemoved &= TryRemove(directory, _removeDirectory);
        return isRemoved;
    }

    /// <summary>Removes one directory of a group; false when it still has processes.</summary>
    internal static bool TryRemove(string directory, Action<string> removeDirectory)
    {
        try
        {
            removeDirectory(directory);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception exception) when (GroupFile.IsRefusal(exception))
        {
            return false;
        }
    }

    private IEnumerable<int> ReadMembers() =>
        GroupFile.ReadWords(Path.Combine(_directories[0], ControlGroupHierarchy.MembersFile))
            .Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 1 && id != Environment.ProcessId);

    // The counter is raised before the signal is sent, so it is known when the exit is.
    private long ReadKills() => _directories
        .Select(directory => GroupFile.ReadField(Path.Combine(directory, "memory.events"), "oom_kill")
            ?? GroupFile.ReadField(Path.Combine(directory, "memory.oom_control"), "oom_kill") ?? 0)
        .Sum();
}
