using System.Globalization;
using System.Text;
using KernelGateway.ControlPlane.Engines.Isolation;

namespace KernelGateway.ControlPlane.Engines.Bubblewrap;

/// <summary>The options of bubblewrap for one sandbox, and the command that it runs.</summary>
/// <remarks>
/// Bubblewrap reads the options from a descriptor: those on its command line can be read in the sandbox. Options act in their
/// order. A mount hides what earlier ones have shown.
/// </remarks>
internal static class BubblewrapCommand
{
    /// <summary>Returns the options, each of which ends with NUL.</summary>
    internal static byte[] WriteOptions(
        SandboxPaths paths, SandboxSpecification specification, IsolationOptions options, InheritedDescriptors descriptors)
    {
        List<string> words =
        [
            "--userns", Number(descriptors.UserNamespace), "--uid", "0", "--gid", "0",
            "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup",
            "--hostname", specification.Id, "--new-session",
            "--cap-drop", "ALL", .. SidecarCommand.Capabilities.SelectMany(capability => new[] { "--cap-add", capability }),
            "--clearenv",
            .. SidecarCommand.ListVariables(specification).SelectMany(variable => new[] { "--setenv", variable.Key, variable.Value }),
            "--bind", paths.Root, "/",
        ];
        if (specification.Template.RootDirectory is null)
            foreach (var path in HostRoot.ListBinds()) words.AddRange(["--ro-bind", path, path]);
        words.AddRange(
        [
            "--ro-bind", paths.ResolverConfiguration, "/etc/resolv.conf", "--ro-bind", paths.Hosts, "/etc/hosts",
            "--proc", "/proc",
            "--dev", "/dev", "--perms", "1777", "--size", Number(options.SharedMemoryBytes), "--tmpfs", "/dev/shm",
            "--remount-ro", "/dev",
            "--size", Number(SidecarCommand.RunBytes), "--tmpfs", "/run",
            "--bind", paths.SocketDirectory, SidecarCommand.SocketDirectory,
            "--ro-bind", paths.Sidecar, SidecarCommand.Sidecar, "--ro-bind", paths.Dotnet, SidecarCommand.Dotnet,
        ]);
        for (var i = 0; i < specification.Template.Mounts.Count; i++)
            words.AddRange(["--ro-bind", paths.MountOf(i), specification.Template.Mounts[i].Target]);
        words.AddRange(
        [
            "--chdir", "/", "--seccomp", Number(descriptors.Filter), "--block-fd", Number(descriptors.Block),
            "--json-status-fd", Number(descriptors.Status), "--info-fd", Number(descriptors.Information),
        ]);
        return Encoding.UTF8.GetBytes(string.Concat(words.Select(word => word + "\0")));
    }

    /// <summary>Returns the program and the arguments that run in the sandbox.</summary>
    internal static IReadOnlyList<string> ListCommand(SandboxSpecification specification, IsolationOptions options) =>
    [
        // Bubblewrap closes all descriptors that it was given but the one of the user namespace.
        "/bin/sh", "-c", $"exec {Number(InheritedDescriptors.InOrder.UserNamespace)}<&-; exec \"$@\"", "sidecar",
        .. SidecarCommand.List(specification, options),
    ];

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The numbers that the inherited descriptors have in bubblewrap.</summary>
internal sealed record InheritedDescriptors(int Options, int UserNamespace, int Filter, int Block, int Status, int Information)
{
    /// <summary>Gets the numbers in the order of <see cref="Processes.Native.SpawnRequest.InheritedHandles"/>.</summary>
    internal static InheritedDescriptors InOrder { get; } = new(3, 4, 5, 6, 7, 8);
}
