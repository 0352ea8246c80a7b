using System.Globalization;
using KernelGateway.Processes.ControlGroups;

namespace KernelGateway.ControlPlane.Engines.Groups;

/// <summary>Makes the control groups of sandboxes, with their limits.</summary>
/// <param name="tree">The groups of this machine.</param>
/// <param name="prefix">What the names of the groups begin with: different for each data directory.</param>
/// <param name="time">The clock.</param>
internal sealed class SandboxGroupMaker(ControlGroupTree tree, string prefix, TimeProvider time)
{
    internal const string MemoryNote = "The memory is not limited: no control group with the controller 'memory' can be made.";

    internal const string ProcessesNote =
        "The number of processes is not limited: no control group with the controller 'pids' can be made.";

    private const string Processor = "cpu";
    private const string ProcessorAccount = "cpuacct";
    private const string Freezer = "freezer";
    private const int PeriodMicroseconds = 100_000;

    // The system refuses less.
    private const long LeastQuotaMicroseconds = 1_000;

    /// <summary>Plans the directories of a group, which do not exist yet.</summary>
    /// <remarks>
    /// The plan is in the record of the sandbox before anything is made, so that nothing can be left behind unnoticed.
    /// </remarks>
    internal IReadOnlyList<string> Plan(string id)
    {
        string?[] directories =
        [
            DirectoryOf(tree.Unified, id),
            .. new[] { ControllerLimit.Memory, ControllerLimit.Processes, Processor, ProcessorAccount, Freezer }
                .Select(controller => DirectoryOf(tree.TryEnable(controller), id)),
        ];
        return [.. directories.OfType<string>().Distinct()];
    }

    /// <summary>Plans the directories of a group that an OCI runtime joins: one in each hierarchy.</summary>
    internal IReadOnlyList<string> PlanForRuntime(string id) => tree.HasVersion1
        ? [.. tree.Hierarchies.Select(hierarchy => Path.Combine(hierarchy.Own, prefix + id)).Distinct()]
        : Plan(id);

    /// <summary>Returns the path of a group in the configuration of an OCI runtime.</summary>
    // With version 1 it is relative to the group of the process in each hierarchy. With version 2 it would be relative to the
    // group above that one, so it begins at the top.
    internal string RuntimePathOf(SandboxGroup group) => tree.HasVersion1 || tree.Unified is not { } unified
        ? Path.GetFileName(group.Directories[0])
        : group.Directories[0][unified.Top.Length..];

    /// <summary>Returns why an OCI runtime cannot join groups; null when it can.</summary>
    internal string? FindRuntimeProblem() => tree.Hierarchies.Count == 0
        ? "no control groups are mounted (/sys/fs/cgroup)"
        : tree.Hierarchies.Select(hierarchy => CanMakeIn(ControlGroupTree.GetParent(hierarchy)))
            .FirstOrDefault(problem => problem is not null);

    /// <summary>Makes a group and sets its limits.</summary>
    /// <param name="plan">Its directories.</param>
    /// <param name="specification">The limits.</param>
    /// <param name="notes">Receives what cannot be limited.</param>
    internal SandboxGroup Create(IReadOnlyList<string> plan, SandboxSpecification specification, ICollection<string> notes)
    {
        var made = plan.Where(IsMade).ToArray();
        var group = new SandboxGroup(made, time);
        if (specification.MemoryBytes > 0 && !TryLimitMemory(made, specification.MemoryBytes))
            notes.Add(MemoryNote);
        var count = specification.MaxProcesses;
        if (count > 0 && !TryWrite(made, "pids.max", count.ToString(CultureInfo.InvariantCulture)))
            notes.Add(ProcessesNote);
        if (specification.Cpus > 0 && !TryLimitProcessors(made, specification.Cpus))
            notes.Add("The processor time is not limited: no control group with the controller 'cpu' can be made.");
        if (!group.CanFreeze) notes.Add("Pausing uses SIGSTOP, which programs notice: there is no freezer of control groups.");
        return group;
    }

    /// <summary>Restores a group from its directories.</summary>
    internal SandboxGroup Find(IEnumerable<string> directories) => new([.. directories.Where(Directory.Exists)], time);

    /// <summary>Returns why limits of a controller are not possible; null when they are.</summary>
    internal string? FindProblem(string controller) =>
        tree.TryEnable(controller) is { } hierarchy
            ? CanMakeIn(ControlGroupTree.GetParent(hierarchy))
            : $"no hierarchy of control groups with the controller '{controller}' is mounted and delegated to this process";

    /// <summary>Returns why processes cannot be stopped all at once; null when they can.</summary>
    internal string? FindFreezerProblem() =>
        tree.Unified is { } unified && CanMakeIn(ControlGroupTree.GetParent(unified)) is null ? null : FindProblem(Freezer);

    private static bool IsMade(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            return true;
        }
        catch (Exception exception) when (GroupFile.IsRefusal(exception))
        {
            return false;
        }
    }

    private string? CanMakeIn(string parent)
    {
        var probe = Path.Combine(parent, $"{prefix}check");
        if (!IsMade(probe)) return $"control groups cannot be made in '{parent}'";
        ControlGroup.TryRemove(probe, Directory.Delete);
        return null;
    }

    private string? DirectoryOf(ControlGroupHierarchy? hierarchy, string id) =>
        hierarchy is null ? null : Path.Combine(ControlGroupTree.GetParent(hierarchy), prefix + id);

    private static bool TryLimitMemory(string[] directories, long bytes)
    {
        foreach (var directory in directories)
        {
            var version = File.Exists(Path.Combine(directory, "memory.max")) ? 2 : 1;
            if (version == 1 && !File.Exists(Path.Combine(directory, "memory.limit_in_bytes"))) continue;
            try
            {
                ControllerLimit.SetMemory(directory, version, bytes);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }

        return false;
    }

    private static bool TryLimitProcessors(string[] directories, double processors)
    {
        var quota = Math.Max((long)(processors * PeriodMicroseconds), LeastQuotaMicroseconds);
        return TryWrite(directories, "cpu.max", string.Create(CultureInfo.InvariantCulture, $"{quota} {PeriodMicroseconds}"))
            || (TryWrite(directories, "cpu.cfs_period_us", PeriodMicroseconds.ToString(CultureInfo.InvariantCulture))
                && TryWrite(directories, "cpu.cfs_quota_us", quota.ToString(CultureInfo.InvariantCulture)));
    }

    private static bool TryWrite(string[] directories, string file, string text) =>
        Array.Find(directories, directory => File.Exists(Path.Combine(directory, file))) is { } found
        && GroupFile.TryWrite(Path.Combine(found, file), text);
}
