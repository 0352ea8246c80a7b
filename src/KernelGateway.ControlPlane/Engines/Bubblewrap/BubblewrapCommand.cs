using System.Globalization;
using System.Text;
using KernelGateway.ControlPlane.Engines.Bubblewrap.Rootless;
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
    /// <param name="paths">The files of the sandbox.</param>
    /// <param name="specification">The sandbox.</param>
    /// <param name="options">How the engine works.</param>
    /// <param name="descriptors">The inherited descriptors.</param>
    /// <param name="rootless">The plan of an ordinary user; null for a sandbox of root.</param>
    internal static byte[] WriteOptions(
        SandboxPaths paths,
        SandboxSpecification specification,
        IsolationOptions options,
        InheritedDescriptors descriptors,
        RootlessPlan? rootless)
    {
        var variables = SidecarCommand.ListVariables(specification, rootless?.User.Name, rootless?.User.Home);
        List<string> words =
        [
            .. rootless is null
                ? ["--userns", Number(descriptors.UserNamespace!.Value), "--uid", "0", "--gid", "0", "--unshare-net"]
                : ListOwnNamespaces(specification, rootless.User),
            "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup",
            "--hostname", specification.Id, "--new-session", "--cap-drop", "ALL",
            // One user needs none.
            .. rootless is null ? SidecarCommand.Capabilities.SelectMany(capability => new[] { "--cap-add", capability }) : [],
            "--clearenv",
            .. variables.SelectMany(variable => new[] { "--setenv", variable.Key, variable.Value }),
            .. rootless?.ListOptions(paths) ?? ["--bind", paths.Root, "/"],
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
            // A parent that bubblewrap makes for a mount is closed to other users.
            "--dir", Path.GetDirectoryName(SidecarCommand.Programs)!, "--ro-bind", paths.Programs, SidecarCommand.Programs,
            .. SudoProgram.ListReplaced(specification.Template).SelectMany(path => new[] { "--ro-bind", SudoProgram.PathIn(paths), path }),
            "--ro-bind", rootless is null ? paths.Sidecar : options.SidecarDirectory, SidecarCommand.Sidecar,
            "--ro-bind", rootless is null ? paths.Dotnet : options.DotnetDirectory, SidecarCommand.Dotnet,
        ]);
        for (var i = 0; i < specification.Template.Mounts.Count; i++)
        {
            var mount = specification.Template.Mounts[i];
            words.AddRange(["--ro-bind", rootless is null ? paths.MountOf(i) : mount.Source, mount.Target]);
        }

        words.AddRange(
        [
            "--chdir", rootless?.User.Home ?? "/", "--seccomp", Number(descriptors.Filter), "--block-fd", Number(descriptors.Block),
            "--json-status-fd", Number(descriptors.Status), "--info-fd", Number(descriptors.Information),
        ]);
        return Encoding.UTF8.GetBytes(string.Concat(words.Select(word => word + "\0")));
    }

    /// <summary>Returns the program and the arguments that run in the sandbox.</summary>
    internal static IReadOnlyList<string> ListCommand(
        SandboxSpecification specification, IsolationOptions options, InheritedDescriptors descriptors)
    {
        var command = SidecarCommand.List(specification, options, isRootless: descriptors.UserNamespace is null);
        // Bubblewrap closes all descriptors that it was given but the one of the user namespace.
        return descriptors.UserNamespace is { } inherited
            ? ["/bin/sh", "-c", $"exec {Number(inherited)}<&-; exec \"$@\"", "sidecar", .. command]
            : command;
    }

    private static IEnumerable<string> ListOwnNamespaces(SandboxSpecification specification, InsideUser user) =>
    [
        "--unshare-user", "--uid", Number(user.UserId), "--gid", Number(user.GroupId),
        // Otherwise the namespace around bubblewrap has a network of its own already.
        .. specification.Network.AllowsOutgoing ? Array.Empty<string>() : ["--unshare-net"],
    ];

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The numbers that the inherited descriptors have in bubblewrap.</summary>
internal sealed record InheritedDescriptors(int Options, int? UserNamespace, int Filter, int Block, int Status, int Information)
{
    /// <summary>Gets the numbers in the order of <see cref="Processes.Native.SpawnRequest.InheritedHandles"/>.</summary>
    internal static InheritedDescriptors InOrder { get; } = new(3, 4, 5, 6, 7, 8);

    /// <summary>Gets the numbers without a user namespace that was made beforehand.</summary>
    internal static InheritedDescriptors WithoutUserNamespace { get; } = new(3, null, 4, 5, 6, 7);
}
