using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.Processes.ControlGroups;

namespace KernelGateway.ControlPlane.Engines.Oci;

/// <summary>The command line of an OCI runtime.</summary>
/// <param name="runtime">The runtime.</param>
internal sealed class RuntimeCommand(OciRuntime runtime)
{
    private const string HidingScript = "umount -l \"$1\" || exit 125; shift; exec \"$@\"";

    private readonly Lazy<string?> _hiddenHierarchy = new(
        () => runtime == OciRuntime.Crun ? FindHiddenHierarchy(ControlGroupHierarchy.ReadAll()) : null);

    internal string Program { get; } = runtime == OciRuntime.Crun ? "crun" : "runc";

    /// <summary>
    /// Gets whether the runtime joins the control groups of a sandbox; otherwise it stays in those that it was started in.
    /// </summary>
    internal bool JoinsGroups => runtime == OciRuntime.Runc;

    /// <summary>Returns the directory in which the runtime keeps what it knows of a sandbox.</summary>
    internal static string StateOf(SandboxPaths paths) => Path.Combine(paths.Directory, "runtime");

    /// <summary>
    /// Lists a program and its arguments for a command of the runtime. They may change the mounts that they are started with.
    /// </summary>
    /// <exception cref="IOException">The runtime is not installed.</exception>
    internal IReadOnlyList<string> List(SandboxPaths paths, params ReadOnlySpan<string> command)
    {
        var path = HostTool.Find(Program) ?? throw new IOException($"The program '{Program}' is not installed.");
        return
        [
            .. _hiddenHierarchy.Value is { } hierarchy ? new[] { "/bin/sh", "-c", HidingScript, Program, hierarchy } : [],
            path, "--root", StateOf(paths), .. JoinsGroups ? [] : new[] { "--cgroup-manager=disabled" }, .. command,
        ];
    }

    /// <summary>Runs a command of the runtime and waits for its end.</summary>
    /// <exception cref="IOException">It has failed.</exception>
    internal Task RunAsync(IReadOnlyList<string> command)
    {
        string Run() => HostTool.Run(command[0], [.. command.Skip(1)]);
        return _hiddenHierarchy.Value is null ? Task.Run(Run) : MountThread.RunAsync(Run);
    }

    // "cgroups in hybrid mode not supported", says crun, also when it is told to leave control groups alone.
    private static string? FindHiddenHierarchy(IReadOnlyList<ControlGroupHierarchy> hierarchies) =>
        hierarchies.Any(hierarchy => hierarchy.Version == 1)
            ? hierarchies.FirstOrDefault(hierarchy => hierarchy.Version == 2)?.Top
            : null;
}
