using KernelGateway.Processes.ControlGroups;

namespace KernelGateway.Processes.Tests.Support;

/// <summary>A directory that stands for the root of a file system with control groups, which are plain files.</summary>
internal sealed class GroupRoot : IDisposable
{
    /// <summary>A machine with the memory controller in version 1 and a hierarchy of version 2 that has no controller.</summary>
    private static readonly string[] HybridMounts =
    [
        "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755",
        "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory",
        "39 31 0:36 / /sys/fs/cgroup/pids rw,relatime shared:7 - cgroup cgroup rw,pids",
        "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct",
        "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd",
        "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw",
    ];

    private readonly TemporaryDirectory _directory = new();

    public string Path => _directory.Path;

    public ControlGroupTree Tree => new(Path) { RemoveDirectory = directory => Directory.Delete(directory, recursive: true) };

    public static GroupRoot Hybrid(string memoryPath = "/box")
    {
        var root = new GroupRoot();
        root.Describe(["9:name=systemd:/", "8:pids:/", $"4:memory:{memoryPath}", "1:cpu,cpuacct:/", "0::/"], HybridMounts);
        foreach (var name in (string[])["memory/box", "pids", "cpu,cpuacct", "systemd", "unified"])
            Directory.CreateDirectory(root.InGroups(name));
        return root;
    }

    /// <summary>A machine with version 2 only.</summary>
    public static GroupRoot Unified(
        string controllers = "cpu memory pids", string enabled = "", string path = "/box.slice/gateway.service")
    {
        var root = new GroupRoot();
        root.Describe([$"0::{path}"], ["25 1 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate"]);
        root.Write($"sys/fs/cgroup{path}/cgroup.controllers", controllers);
        root.Write($"sys/fs/cgroup{path}/cgroup.subtree_control", enabled);
        return root;
    }

    public string Write(string name, string content) => _directory.Write(name, content);

    public string Read(string name) => File.ReadAllText(_directory.Combine(name));

    public string InGroups(string name) => _directory.Combine("sys/fs/cgroup", name);

    /// <summary>Lists the names of the groups of gateways.</summary>
    public string[] Groups() =>
    [
        .. Directory.GetDirectories(InGroups(""), "kernel-gateway-*", SearchOption.AllDirectories)
            .Select(group => System.IO.Path.GetRelativePath(InGroups(""), group))
            .Order(),
    ];

    public void Describe(string[] groups, string[] mounts)
    {
        Write("proc/self/cgroup", string.Concat(groups.Select(line => line + "\n")));
        Write("proc/self/mountinfo", string.Concat(mounts.Select(line => line + "\n")));
    }

    public void Dispose() => _directory.Dispose();
}
