using System.Globalization;

namespace KernelGateway.SandboxServices.Metrics;

/// <summary>Reads the limits of the control group of this process, or of the nearest one above it that has a limit.</summary>
/// <remarks>
/// Version 2 is used where its hierarchy has the controllers, else version 1. A container sees its own group as the root of the
/// hierarchy; then the path in <c>/proc/self/cgroup</c> may not exist, and the root is used.
/// </remarks>
internal static class ControlGroup
{
    private const string Mount = "sys/fs/cgroup";

    /// <summary>Finds the memory limit; null where there is none below the memory of the machine.</summary>
    internal static (long LimitBytes, long UsedBytes, long CacheBytes)? FindMemoryLimit(string root, long machineBytes)
    {
        var isUnified = IsUnified(root);
        var file = isUnified ? "memory.max" : "memory.limit_in_bytes";
        var found = GetGroups(root, "memory")
            .Select(group => (Group: group, Limit: ReadNumber(Path.Combine(group, file))))
            .Where(one => one.Limit is > 0 && one.Limit < machineBytes)
            .OrderBy(one => one.Limit)
            .FirstOrDefault();
        if (found.Limit is not { } limit) return null;
        var used = ReadNumber(Path.Combine(found.Group, isUnified ? "memory.current" : "memory.usage_in_bytes"));
        var cache = ReadField(Path.Combine(found.Group, "memory.stat"), isUnified ? "file" : "total_cache");
        return (limit, used ?? 0, cache ?? 0);
    }

    /// <summary>Finds the limit of processors, with what was used of them; null where there is none.</summary>
    internal static (double Processors, double UsedSeconds)? FindProcessorLimit(string root)
    {
        var isUnified = IsUnified(root);
        var found = GetGroups(root, "cpu")
            .Select(group => (Group: group, Limit: isUnified ? ReadUnifiedQuota(group) : ReadQuota(group)))
            .Where(one => one.Limit is > 0)
            .OrderBy(one => one.Limit)
            .FirstOrDefault();
        if (found.Limit is not { } limit) return null;
        var used = isUnified
            ? ReadField(Path.Combine(found.Group, "cpu.stat"), "usage_usec") / 1e6
            : ReadNumber(Path.Combine(GetGroups(root, "cpuacct").First(), "cpuacct.usage")) / 1e9;
        return used is { } seconds ? (limit, seconds) : null;
    }

    private static bool IsUnified(string root) => File.Exists(Path.Combine(root, Mount, "cgroup.controllers"));

    // The directories from the group of this process up to the root of the hierarchy.
    private static IEnumerable<string> GetGroups(string root, string controller)
    {
        var isUnified = IsUnified(root);
        var hierarchy = Path.Combine(root, Mount, isUnified ? "" : controller).TrimEnd('/');
        var path = FindPath(root, isUnified ? "" : controller);
        for (var group = hierarchy + path.TrimEnd('/'); group.Length > hierarchy.Length; group = Path.GetDirectoryName(group)!)
        {
            if (Directory.Exists(group)) yield return group;
        }

        yield return hierarchy;
    }

    // cgroups(7), /proc/[pid]/cgroup: hierarchy:controllers:path; those of version 2 are empty.
    private static string FindPath(string root, string controller)
    {
        var file = Path.Combine(root, "proc/self/cgroup");
        if (!File.Exists(file)) return "";
        return File.ReadLines(file)
            .Select(line => line.Split(':', 3))
            .Where(parts => parts.Length == 3 && parts[1].Split(',').Contains(controller))
            .Select(parts => parts[2])
            .FirstOrDefault(path => !path.Contains("..", StringComparison.Ordinal)) ?? "";
    }

    private static double? ReadUnifiedQuota(string group)
    {
        if (ReadText(Path.Combine(group, "cpu.max"))?.Split(' ') is not [var quota, var period]) return null;
        return ParseNumber(quota) / (double?)ParseNumber(period);
    }

    private static double? ReadQuota(string group)
    {
        var quota = ReadNumber(Path.Combine(group, "cpu.cfs_quota_us"));
        var period = ReadNumber(Path.Combine(group, "cpu.cfs_period_us"));
        return quota > 0 && period > 0 ? quota / (double?)period : null;
    }

    private static long? ReadField(string file, string name) => ReadText(file)?.Split('\n')
        .Where(line => line.StartsWith(name + " ", StringComparison.Ordinal))
        .Select(line => ParseNumber(line[(name.Length + 1)..]))
        .FirstOrDefault();

    private static long? ReadNumber(string file) => ParseNumber(ReadText(file));

    private static long? ParseNumber(string? text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string? ReadText(string file)
    {
        try
        {
            return File.ReadAllText(file).TrimEnd();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The controller is not on, or the system hides it.
            return null;
        }
    }
}
