using System.Globalization;
using KernelGateway.Processes.Native;

namespace KernelGateway.Processes.Inspection;

/// <summary>
/// A control group (cgroup) of Linux, with which all processes are found that a process has started, even if they try to hide.
/// </summary>
/// <remarks>
/// It has no limits. It is created below the gateway's own group: of version 2 where there is one, else of version 1, in a
/// hierarchy whose
/// membership alone changes nothing. An ordinary user may make groups only where they were delegated to him.
/// </remarks>
internal sealed class ControlGroup
{
    private const string FileSystem = "/sys/fs/cgroup";
    private static readonly Lazy<IReadOnlyList<string>> Parents = new(FindParents);

    private readonly string _path;

    private ControlGroup(string path) => _path = path;

    /// <summary>Creates a group; null when that is not permitted.</summary>
    internal static ControlGroup? TryCreate(string name)
    {
        if (!OperatingSystem.IsLinux()) return null;
        foreach (var parent in Parents.Value)
        {
            try
            {
                var path = Path.Combine(parent, name);
                Directory.CreateDirectory(path);
                return new ControlGroup(path);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Read-only as in most containers, or not delegated to us.
            }
        }

        return null;
    }

    /// <summary>Finds a group that a previous gateway has created; null when there is none.</summary>
    internal static ControlGroup? Find(string name)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var path = Parents.Value.Select(parent => Path.Combine(parent, name)).FirstOrDefault(Directory.Exists);
        return path is null ? null : new ControlGroup(path);
    }

    /// <summary>Moves a process into the group; false when that is not permitted.</summary>
    internal bool TryAdd(int processId) => TryWrite("cgroup.procs", processId.ToString(CultureInfo.InvariantCulture));

    /// <summary>Sends SIGKILL to all processes of the group.</summary>
    internal void Kill()
    {
        // One write since Linux 5.14; before, and in version 1, one after another: the caller repeats it until the group is empty.
        if (File.Exists(Path.Combine(_path, "cgroup.kill")) && TryWrite("cgroup.kill", "1")) return;
        foreach (var processId in Members()) LibC.Signal(processId, Signals.Kill);
    }

    /// <summary>Removes the group; false when it still has processes.</summary>
    internal bool TryRemove()
    {
        try
        {
            Directory.Delete(_path);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private int[] Members()
    {
        try
        {
            return
            [
                .. File.ReadLines(Path.Combine(_path, "cgroup.procs"))
                    .Select(line => int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
                    .Where(id => id > 1 && id != Environment.ProcessId),
            ];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private bool TryWrite(string file, string text)
    {
        try
        {
            File.WriteAllText(Path.Combine(_path, file), text);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // proc(5), /proc/self/cgroup: (hierarchy):(controllers):(path), with 0 and no controllers for version 2. The path may be
    // outside the part of the hierarchy that a container shows; then the top of that part is tried.
    private static List<string> FindParents()
    {
        var parents = new List<string>();
        try
        {
            var lines = File.ReadAllLines("/proc/self/cgroup").Select(line => line.Split(':', 3)).Where(fields => fields.Length == 3).ToArray();
            foreach (var fields in lines.Where(fields => fields[0] == "0"))
            {
                foreach (var mount in new[] { FileSystem, $"{FileSystem}/unified" })
                    if (File.Exists($"{mount}/cgroup.controllers")) AddBelow(parents, mount, fields[2]);
            }

            foreach (var fields in lines.Where(fields => fields[1] is "name=systemd" or "pids" or "freezer"))
                AddBelow(parents, $"{FileSystem}/{(fields[1] == "name=systemd" ? "systemd" : fields[1])}", fields[2]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // No control groups at all.
        }

        return parents;
    }

    private static void AddBelow(List<string> parents, string mount, string path)
    {
        var own = mount + path.TrimEnd('/');
        if (File.Exists($"{own}/cgroup.procs")) parents.Add(own);
        else if (File.Exists($"{mount}/cgroup.procs")) parents.Add(mount);
    }
}
