using KernelGateway.Processes.ControlGroups;

namespace KernelGateway.SandboxServices.Metrics;

/// <summary>
/// Reads the limits of the control group of this process, or of one above it, and how much of them is used.
/// </summary>
internal static class GroupUse
{
    /// <summary>Finds the memory limit; null where there is none below the memory of the machine.</summary>
    internal static (long LimitBytes, long UsedBytes, long CacheBytes)? FindMemoryLimit(string root, long machineBytes)
    {
        if (ControlGroupHierarchy.Find(ControlGroupHierarchy.ReadAll(root), "memory") is not { } hierarchy) return null;
        var isUnified = hierarchy.Version == 2;
        var file = isUnified ? "memory.max" : "memory.limit_in_bytes";
        var found = hierarchy.FromOwnToTop()
            .Select(group => (Group: group, Limit: GroupFile.ReadNumber(Path.Combine(group, file))))
            .Where(one => one.Limit is > 0 && one.Limit < machineBytes)
            .OrderBy(one => one.Limit)
            .FirstOrDefault();
        if (found.Limit is not { } limit) return null;
        var used = GroupFile.ReadNumber(Path.Combine(found.Group, isUnified ? "memory.current" : "memory.usage_in_bytes"));
        var cache = GroupFile.ReadField(Path.Combine(found.Group, "memory.stat"), isUnified ? "file" : "total_cache");
        return (limit, used ?? 0, cache ?? 0);
    }

    /// <summary>Finds the limit of processors, with what was used of them; null where there is none.</summary>
    internal static (double Processors, double UsedSeconds)? FindProcessorLimit(string root)
    {
        var hierarchies = ControlGroupHierarchy.ReadAll(root);
        if (ControlGroupHierarchy.Find(hierarchies, "cpu") is not { } hierarchy) return null;
        var isUnified = hierarchy.Version == 2;
        var found = hierarchy.FromOwnToTop()
            .Select(group => (Group: group, Limit: isUnified ? ReadUnifiedQuota(group) : ReadQuota(group)))
            .Where(one => one.Limit is > 0)
            .OrderBy(one => one.Limit)
            .FirstOrDefault();
        if (found.Limit is not { } limit) return null;
        var used = isUnified
            ? GroupFile.ReadField(Path.Combine(found.Group, "cpu.stat"), "usage_usec") / 1e6
            : ReadUsedNanoseconds(hierarchies) / 1e9;
        return used is { } seconds ? (limit, seconds) : null;
    }

    private static long? ReadUsedNanoseconds(IReadOnlyList<ControlGroupHierarchy> hierarchies) =>
        ControlGroupHierarchy.Find(hierarchies, "cpuacct") is { } accounting
            ? GroupFile.ReadNumber(Path.Combine(accounting.Own, "cpuacct.usage"))
            : null;

    private static double? ReadUnifiedQuota(string group)
    {
        if (GroupFile.ReadWords(Path.Combine(group, "cpu.max")) is not [var quota, var period]) return null;
        return GroupFile.ParseNumber(quota) / (double?)GroupFile.ParseNumber(period);
    }

    private static double? ReadQuota(string group)
    {
        var quota = GroupFile.ReadNumber(Path.Combine(group, "cpu.cfs_quota_us"));
        var period = GroupFile.ReadNumber(Path.Combine(group, "cpu.cfs_period_us"));
        return quota > 0 && period > 0 ? quota / (double?)period : null;
    }
}
