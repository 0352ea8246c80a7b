using System.Globalization;
using System.Text.RegularExpressions;

namespace KernelGateway.Processes.ControlGroups;

/// <summary>A hierarchy of control groups (cgroups) of Linux, and the group of this process in it.</summary>
/// <remarks>
/// Version 1 has a hierarchy for each controller or set of controllers, version 2 has one for all. A machine can have both: then
/// a controller belongs to one of them.
/// </remarks>
/// <param name="Version">1 or 2.</param>
/// <param name="Controllers">
/// The controllers of a hierarchy of version 1, or its name as in <c>name=systemd</c>; empty for version 2, whose groups tell
/// their controllers themselves.
/// </param>
/// <param name="Top">The directory at which it is mounted.</param>
/// <param name="Own">
/// The directory of the group of this process; <paramref name="Top"/> where that is outside of what a container shows.
/// </param>
internal sealed partial record ControlGroupHierarchy(int Version, IReadOnlyList<string> Controllers, string Top, string Own)
{
    /// <summary>The file that lists the members of a group, and moves a process into the group when its id is written.</summary>
    internal const string MembersFile = "cgroup.procs";

    private const string ControllersFile = "cgroup.controllers";

    /// <summary>Reads all hierarchies that are mounted; none where there is no <c>/proc</c>.</summary>
    /// <param name="root">The directory that stands for the root of the file system.</param>
    internal static IReadOnlyList<ControlGroupHierarchy> ReadAll(string root = "/")
    {
        try
        {
            return Parse(
                File.ReadAllLines(Path.Combine(root, "proc/self/cgroup")),
                File.ReadAllLines(Path.Combine(root, "proc/self/mountinfo")),
                root.TrimEnd('/'));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Finds the hierarchy that has a controller; null when there is none.</summary>
    internal static ControlGroupHierarchy? Find(IEnumerable<ControlGroupHierarchy> hierarchies, string controller) =>
        hierarchies.FirstOrDefault(hierarchy => hierarchy.Has(controller));

    /// <summary>Returns whether groups in it can have a controller.</summary>
    internal bool Has(string controller) => Version == 1
        ? Controllers.Contains(controller)
        : GroupFile.ReadWords(Path.Combine(Own, ControllersFile)).Contains(controller);

    /// <summary>Lists the directories from the group of this process up to the top.</summary>
    internal IEnumerable<string> FromOwnToTop()
    {
        for (var group = Own; group.Length > Top.Length; group = Path.GetDirectoryName(group)!) yield return group;
        yield return Top;
    }

    // cgroups(7), /proc/[pid]/cgroup:   hierarchy:controllers:path   with 0 and no controllers for version 2.
    private static List<ControlGroupHierarchy> Parse(string[] groups, string[] mounts, string root)
    {
        var parsed = mounts.Select(Mount.Parse).OfType<Mount>().ToArray();
        var hierarchies = new List<ControlGroupHierarchy>();
        foreach (var fields in groups.Select(line => line.Split(':', 3)).Where(fields => fields.Length == 3))
        {
            var controllers = fields[1].Split(',', StringSplitOptions.RemoveEmptyEntries);
            if (Array.Find(parsed, mount => mount.Holds(controllers)) is not { } mount) continue;
            var top = root + mount.Point;
            var own = mount.Locate(fields[2]) is { Length: > 0 } path && Directory.Exists(top + path) ? top + path : top;
            hierarchies.Add(new ControlGroupHierarchy(controllers.Length == 0 ? 2 : 1, controllers, top, own));
        }

        return hierarchies;
    }

    /// <summary>A mounted hierarchy.</summary>
    /// <param name="IsUnified">Whether it is of version 2.</param>
    /// <param name="Root">The group that is the top of what is mounted.</param>
    /// <param name="Point">Where it is mounted.</param>
    /// <param name="Options">The options of the file system, the controllers of version 1 among them.</param>
    private sealed partial record Mount(bool IsUnified, string Root, string Point, string[] Options)
    {
        // proc(5), /proc/[pid]/mountinfo:   id parent device root point options [more]... - type source options
        internal static Mount? Parse(string line)
        {
            var end = line.IndexOf(" - ", StringComparison.Ordinal);
            if (end < 0) return null;
            var fields = line[..end].Split(' ');
            var system = line[(end + 3)..].Split(' ');
            if (fields.Length < 5 || system.Length < 3 || system[0] is not ("cgroup" or "cgroup2")) return null;
            return new Mount(system[0] == "cgroup2", Unescape(fields[3]), Unescape(fields[4]).TrimEnd('/'), system[2].Split(','));
        }

        internal bool Holds(string[] controllers) =>
            controllers.Length == 0 ? IsUnified : !IsUnified && controllers.All(controller => Options.Contains(controller));

        /// <summary>
        /// Returns the path of a group below the mount, beginning with "/"; empty for the top and what is not below it.
        /// </summary>
        internal string Locate(string group)
        {
            // A process outside of the container's namespace of groups: "/../..".
            if (group.Split('/').Contains("..")) return "";
            var path = Root == "/" ? group
                : group == Root || group.StartsWith(Root + "/", StringComparison.Ordinal) ? group[Root.Length..]
                : "";
            return path.TrimEnd('/');
        }

        // A space is \040, and so on.
        private static string Unescape(string text) =>
            Escape().Replace(text, match => ((char)Convert.ToInt32(match.Value[1..], 8)).ToString(CultureInfo.InvariantCulture));

        [GeneratedRegex(@"\\[0-7]{3}", RegexOptions.CultureInvariant)]
        private static partial Regex Escape();
    }
}
