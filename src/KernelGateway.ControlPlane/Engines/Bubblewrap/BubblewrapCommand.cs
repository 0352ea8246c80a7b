using System.Globalization;
using System.Text;
using KernelGateway.ControlPlane.Templates;

namespace KernelGateway.ControlPlane.Engines.Bubblewrap;

/// <summary>The options of bubblewrap for one sandbox, and the command that it runs.</summary>
/// <remarks>
/// Bubblewrap reads the options from a descriptor: those on its command line can be read in the sandbox. Options act in their
/// order. A mount hides what earlier ones have shown.
/// </remarks>
internal static class BubblewrapCommand
{
    /// <summary>The path of the directory with the socket inside.</summary>
    internal const string SocketDirectory = "/run/gateway";

    internal const string SocketName = "sidecar.sock";

    private const string Sidecar = "/opt/kernel-gateway";
    private const string Dotnet = "/opt/dotnet";
    private const long RunBytes = 16L << 20;

    // What a service for several users needs: it gives files to them and starts and ends their programs.
    private static readonly string[] Capabilities =
        ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETUID", "CAP_SETGID"];

    /// <summary>Returns the options, each of which ends with NUL.</summary>
    internal static byte[] WriteOptions(
        SandboxPaths paths, SandboxSpecification specification, BubblewrapOptions options, InheritedDescriptors descriptors)
    {
        List<string> words =
        [
            "--userns", Number(descriptors.UserNamespace), "--uid", "0", "--gid", "0",
            "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup",
            "--hostname", specification.Id, "--new-session",
            "--cap-drop", "ALL", .. Capabilities.SelectMany(capability => new[] { "--cap-add", capability }),
            "--clearenv",
            .. Variables(specification).SelectMany(variable => new[] { "--setenv", variable.Key, variable.Value }),
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
            "--size", Number(RunBytes), "--tmpfs", "/run",
            "--bind", paths.SocketDirectory, SocketDirectory,
            "--ro-bind", paths.Sidecar, Sidecar, "--ro-bind", paths.Dotnet, Dotnet,
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
    internal static IReadOnlyList<string> ListCommand(SandboxSpecification specification, BubblewrapOptions options) =>
    [
        // Bubblewrap closes all descriptors that it was given but the one of the user namespace.
        "/bin/sh", "-c", $"exec {Number(InheritedDescriptors.InOrder.UserNamespace)}<&-; exec \"$@\"", "sidecar",
        .. options.Command ??
        [
            $"{Dotnet}/dotnet", $"{Sidecar}/kernel-gateway.dll", "serve", "--socket", $"{SocketDirectory}/{SocketName}",
            .. specification.SidecarArguments,
        ],
    ];

    /// <summary>Returns why a mount of a template is not possible; null when it is.</summary>
    internal static string? FindProblem(TemplateMount mount) =>
        !Path.IsPathFullyQualified(mount.Target) || mount.Target.Split('/').Contains("..") || mount.Target.Trim('/').Length == 0
            ? $"The target '{mount.Target}' of a mount is not an absolute path below the root."
            : !Path.Exists(mount.Source) ? $"The source '{mount.Source}' of a mount does not exist."
            : null;

    private static Dictionary<string, string> Variables(SandboxSpecification specification)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            ["HOME"] = "/root",
            ["USER"] = "root",
            ["LOGNAME"] = "root",
            ["LANG"] = "C.UTF-8",
            // The files of the sidecar are read-only, and its user has no directory to unpack them again.
            ["DOTNET_ROOT"] = Dotnet,
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            ["DOTNET_EnableDiagnostics"] = "0",
        };
        foreach (var (name, value) in specification.Environment) variables[name] = value;
        return variables;
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The numbers that the inherited descriptors have in bubblewrap.</summary>
internal sealed record InheritedDescriptors(int Options, int UserNamespace, int Filter, int Block, int Status, int Information)
{
    /// <summary>Gets the numbers in the order of <see cref="Processes.Native.SpawnRequest.InheritedHandles"/>.</summary>
    internal static InheritedDescriptors InOrder { get; } = new(3, 4, 5, 6, 7, 8);
}
