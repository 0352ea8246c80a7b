using KernelGateway.ControlPlane.Engines.Groups;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.Processes.ControlGroups;

namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>Finds out what a machine allows an <see cref="IsolationEngine"/>.</summary>
internal static class MachineCheck
{
    private const string NotRoot = "the service does not run as root; an ordinary user can use the engine 'bubblewrap'";

    // Debian packages by program.
    private static readonly (string Program, string Package)[] Programs =
    [
        ("setpriv", "util-linux"), ("unshare", "util-linux"), ("mount", "mount"), ("cp", "coreutils"),
        ("rm", "coreutils"),
    ];

    internal static EngineReport Examine(IsolationOptions options, ISandboxLauncher launcher, SandboxGroupMaker groups)
    {
        var problem = FindIsolationProblem(options, launcher, groups);
        return new EngineReport(
            launcher.EngineName,
            launcher.IsRootless ? launcher.ExamineRootless(groups, problem) : ExamineForRoot(options, groups, problem));
    }

    private static EngineFeature[] ExamineForRoot(IsolationOptions options, SandboxGroupMaker groups, string? problem) =>
    [
        EngineFeature.Required(EngineFeature.Isolation, problem, "namespaces, a filter of system calls"),
        EngineFeature.Required(
            EngineFeature.Users,
            Environment.IsPrivilegedProcess ? FindUsersProblem(options.HostIds) : NotRoot,
            "a range of 65,536 user ids for each sandbox"),
        EngineFeature.Optional(EngineFeature.WritableRoot, null, "an overlay"),
        EngineFeature.Optional(EngineFeature.MemoryLimit, groups.FindProblem(ControllerLimit.Memory), "control groups"),
        EngineFeature.Optional(EngineFeature.ProcessLimit, groups.FindProblem(ControllerLimit.Processes), "control groups"),
        EngineFeature.Optional(EngineFeature.ProcessorLimit, groups.FindProblem("cpu"), "control groups"),
        EngineFeature.Optional(EngineFeature.Freezer, groups.FindFreezerProblem(), "control groups"),
        EngineFeature.Optional(EngineFeature.DiskLimit, FindDiskProblem(), "a file system in a file for each sandbox"),
        EngineFeature.Optional(EngineFeature.OutgoingNetwork, OutgoingNetwork.FindProblem(), "slirp4netns and nftables"),
        EngineFeature.Optional(EngineFeature.FileCopy, null, "while the sandbox is frozen"),
    ];

    private static string? FindIsolationProblem(
        IsolationOptions options, ISandboxLauncher launcher, SandboxGroupMaker groups)
    {
        if (!OperatingSystem.IsLinux()) return "the system is not Linux";
        if (!Environment.IsPrivilegedProcess && !launcher.IsRootless) return NotRoot;
        foreach (var (program, package) in launcher.Programs.Concat(Programs))
            if (HostTool.Find(program) is null) return $"the program '{program}' is not installed (Debian package {package})";
        if (launcher.FindProblem(groups) is { } problem) return problem;
        if (options.Command is not null) return null;
        if (!File.Exists(Path.Combine(options.SidecarDirectory, "kernel-gateway.dll")))
            return $"the sidecar 'kernel-gateway.dll' is not in '{options.SidecarDirectory}'";
        var dotnet = options.DotnetDirectory;
        return File.Exists(Path.Combine(dotnet, "dotnet")) ? null : $"there is no .NET in '{dotnet}'";
    }

    private static string? FindUsersProblem(HostIdRange hostIds)
    {
        if (hostIds.FindOverlap() is { } overlap) return $"{overlap}; sandboxes need another first id";
        try
        {
            using var made = UserNamespace.Create(hostIds.First, new SandboxMounts(new SandboxPaths("/"), hostIds.First).UserMap);
            return null;
        }
        catch (IOException exception)
        {
            return $"{exception.Message} The system must allow user namespaces "
                + "(sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, "
                + "kernel.apparmor_restrict_unprivileged_userns).";
        }
    }

    private static string? FindDiskProblem() =>
        HostTool.Find("mkfs.ext4") is null ? "the program 'mkfs.ext4' is not installed (Debian package e2fsprogs)"
        : !File.Exists("/dev/loop-control") ? "there are no loop devices (modprobe loop; in a container: /dev/loop*)"
        : null;
}
