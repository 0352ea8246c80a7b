using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Engines.Native;

namespace KernelGateway.ControlPlane.Engines.Oci;

/// <summary>The <c>config.json</c> of a sandbox, as the OCI runtime specification 1.0.2 describes it.</summary>
internal static class OciConfiguration
{
    // The first process. It closes the descriptor of the status file for the command, and reaps what has lost its parent.
    private static readonly string Shell = string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        "$@" {{OciStart.StatusDescriptor}}>&-
        code=$?
        echo "{ \"exit-code\": $code }" >&{{OciStart.StatusDescriptor}}
        exit $code
        """);

    private static readonly string[] Namespaces = ["user", "mount", "pid", "network", "ipc", "uts", "cgroup"];

    // What containers do not see of /proc, and what they cannot write, whatever the owner is.
    private static readonly string[] Masked =
    [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
    ];

    private static readonly string[] ReadOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    /// <summary>Writes it.</summary>
    /// <param name="launch">The sandbox.</param>
    /// <param name="options">How the engine works.</param>
    /// <param name="shared">
    /// What of the host appears at the same path, in the order of <see cref="SandboxPaths.SharedOf"/>.
    /// </param>
    /// <param name="groupPath">The control groups that the runtime joins; null when it joins none.</param>
    internal static byte[] Write(
        SandboxLaunch launch, OciOptions options, IReadOnlyList<string> shared, string? groupPath)
    {
        var specification = launch.Specification;
        var configuration = new JsonObject
        {
            ["ociVersion"] = "1.0.2",
            ["process"] = WriteProcess(specification, options),
            ["root"] = new JsonObject { ["path"] = launch.Paths.Root, ["readonly"] = false },
            ["hostname"] = specification.Id,
            ["mounts"] = new JsonArray([.. ListMounts(launch, options, shared)]),
            ["linux"] = new JsonObject
            {
                ["namespaces"] = new JsonArray([.. Namespaces.Select(name => new JsonObject { ["type"] = name })]),
                ["uidMappings"] = WriteRange(launch.HostId),
                ["gidMappings"] = WriteRange(launch.HostId),
                ["resources"] = new JsonObject { ["devices"] = WriteDevices() },
                ["seccomp"] = WriteFilter(),
                ["maskedPaths"] = Texts(Masked),
                ["readonlyPaths"] = Texts(ReadOnly),
            },
        };
        if (groupPath is not null) configuration["linux"]!["cgroupsPath"] = groupPath;
        return Encoding.UTF8.GetBytes(configuration.ToJsonString());
    }

    private static JsonObject WriteProcess(SandboxSpecification specification, OciOptions options) => new()
    {
        ["terminal"] = false,
        ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
        ["args"] = Texts(["/bin/sh", "-c", Shell, "sidecar", .. SidecarCommand.List(specification, options, isRootless: false)]),
        ["env"] = Texts(SidecarCommand.ListVariables(specification).Select(variable => $"{variable.Key}={variable.Value}")),
        ["cwd"] = "/",
        ["capabilities"] = new JsonObject
        {
            ["bounding"] = Texts(SidecarCommand.Capabilities),
            ["effective"] = Texts(SidecarCommand.Capabilities),
            ["permitted"] = Texts(SidecarCommand.Capabilities),
            // A program of another user gets none of them.
            ["inheritable"] = new JsonArray(),
            ["ambient"] = new JsonArray(),
        },
        ["noNewPrivileges"] = true,
    };

    private static IEnumerable<JsonObject> ListMounts(SandboxLaunch launch, OciOptions options, IReadOnlyList<string> shared)
    {
        var paths = launch.Paths;
        var mounts = launch.Specification.Template.Mounts;
        for (var i = 0; i < shared.Count; i++) yield return ReadOnlyBind(paths.SharedOf(i), shared[i]);
        yield return ReadOnlyBind(paths.ResolverConfiguration, "/etc/resolv.conf");
        yield return ReadOnlyBind(paths.Hosts, "/etc/hosts");
        yield return Mount("proc", "proc", "/proc", "nosuid", "noexec", "nodev");
        yield return Mount("tmpfs", "tmpfs", "/dev", "nosuid", "noexec", "strictatime", "mode=755", "size=65536", "ro");
        yield return Mount(
            "devpts", "devpts", "/dev/pts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5");
        yield return Mount("tmpfs", "shm", "/dev/shm", "nosuid", "nodev", "mode=1777", Size(options.SharedMemoryBytes));
        yield return Mount("tmpfs", "tmpfs", "/run", "nosuid", "nodev", "mode=755", Size(SidecarCommand.RunBytes));
        yield return Mount("bind", paths.SocketDirectory, SidecarCommand.SocketDirectory, "bind", "rw", "nosuid", "nodev");
        yield return ReadOnlyBind(paths.Programs, SidecarCommand.Programs);
        foreach (var path in SudoProgram.ListReplaced(launch.Specification.Template))
            yield return ReadOnlyBind(SudoProgram.PathIn(paths), path);
        yield return ReadOnlyBind(paths.Sidecar, SidecarCommand.Sidecar);
        yield return ReadOnlyBind(paths.Dotnet, SidecarCommand.Dotnet);
        for (var i = 0; i < mounts.Count; i++) yield return ReadOnlyBind(paths.MountOf(i), mounts[i].Target);
    }

    private static JsonObject ReadOnlyBind(string source, string target) =>
        Mount("bind", source, target, "bind", "ro", "nosuid", "nodev");

    private static JsonObject Mount(string type, string source, string target, params IEnumerable<string> options) => new()
    {
        ["destination"] = target,
        ["type"] = type,
        ["source"] = source,
        ["options"] = Texts(options),
    };

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"size={bytes}");

    private static JsonArray WriteRange(uint hostId) =>
        new(new JsonObject { ["containerID"] = 0, ["hostID"] = hostId, ["size"] = SandboxMounts.RangeSize });

    // The helper of the network is in the same groups, and opens /dev/net/tun (10:200). The sandbox has no such file and can
    // make none.
    private static JsonArray WriteDevices() => new(
        new JsonObject { ["allow"] = false, ["access"] = "rwm" },
        new JsonObject { ["allow"] = true, ["type"] = "c", ["major"] = 10, ["minor"] = 200, ["access"] = "rw" });

    private static JsonObject WriteFilter() => new()
    {
        ["defaultAction"] = "SCMP_ACT_ALLOW",
        ["syscalls"] = new JsonArray([.. SeccompFilter.ListRules().Select(WriteRule)]),
    };

    private static JsonObject WriteRule(SeccompRule rule)
    {
        var written = new JsonObject
        {
            ["names"] = Texts([rule.Call]),
            ["action"] = "SCMP_ACT_ERRNO",
            ["errnoRet"] = rule.Error,
        };
        if (rule.Comparison is { } comparison)
            written["args"] = new JsonArray(new JsonObject
            {
                ["index"] = comparison.Argument,
                ["value"] = comparison.First,
                ["valueTwo"] = comparison.Second,
                ["op"] = comparison.Operator switch
                {
                    SeccompOperator.Equal => "SCMP_CMP_EQ",
                    SeccompOperator.Greater => "SCMP_CMP_GT",
                    _ => "SCMP_CMP_MASKED_EQ",
                },
            });
        return written;
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
