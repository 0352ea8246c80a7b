using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Engines.Native;

namespace KernelGateway.ControlPlane.Engines.Bubblewrap.Rootless;

/// <summary>How a sandbox of an ordinary user is made.</summary>
/// <remarks>
/// Process tree: shell, which joins the control groups, becomes unshare, which becomes root of a user namespace with one id,
/// the service's own, and of a mount namespace; becomes a shell, which mounts the overlay, becomes prlimit, becomes bubblewrap.
/// Bubblewrap makes a user namespace below that one, in which no program has a capability. The mounts end with the sandbox.
/// </remarks>
/// <param name="User">The user inside.</param>
/// <param name="BaseDirectory">The root directory of the template.</param>
/// <param name="UsesOverlay">Whether the whole root is writable, or a few directories only.</param>
/// <param name="Limits">The command that sets limits; empty without any.</param>
internal sealed record RootlessPlan(InsideUser User, string BaseDirectory, bool UsesOverlay, IReadOnlyList<string> Limits)
{
    // The shell exports what it sets itself, and the environment of bubblewrap can be read in the sandbox.
    private const string MountScript =
        "mount -n -t overlay -o \"$1\" overlay \"$2\" || exit 125; shift 2; unset PWD OLDPWD SHLVL; exec \"$@\"";

    /// <summary>Gets the directories that the user may write to. Their owner in the template does not matter.</summary>
    private IEnumerable<string> Writable => new[] { User.Home, "/code", "/tmp", "/var/tmp" }.Where(path => path != "/").Distinct();

    /// <summary>Makes the plan of a sandbox, and notes what it will not have.</summary>
    internal static RootlessPlan Create(RootlessMachine machine, SandboxLaunch launch)
    {
        var user = InsideUser.Find(launch.BaseDirectory, launch.Specification.Template.User);
        if (machine.OverlayProblem is { } problem) launch.Notes.Add($"Only the home directory and /tmp are writable: {problem}.");
        return new RootlessPlan(
            user, launch.BaseDirectory, machine.OverlayProblem is null, RootlessLimits.List(launch.Specification, launch.Notes));
    }

    /// <summary>Returns the options of an overlay of an ordinary user.</summary>
    internal static string OverlayOptions(string lower, string upper, string work) =>
        $"nosuid,nodev,userxattr,lowerdir={lower},upperdir={upper},workdir={work}";

    /// <summary>Makes the directories that the user may write to.</summary>
    /// <exception cref="IOException">The files to start from cannot be used.</exception>
    internal void PrepareFiles(SandboxPaths paths, SandboxSpecification specification)
    {
        if (specification.Files is { } files && !Directory.Exists(Path.Combine(files, SandboxMounts.Upper)))
            throw new IOException($"'{files}' was written by a service of root, and only such a service can use it");
        SandboxMounts.MakePrivate(paths.Disk);
        new SandboxMounts(paths, hostId: 0).PrepareLayers(specification);
        Directory.CreateDirectory(paths.Root);
        // Files of a former sandbox have them, and can have links to anywhere in their place.
        if (specification.Files is not null) return;
        foreach (var path in Writable)
        {
            // Of an overlay, the upper directory decides who owns a directory of both.
            var directory = Path.Combine(paths.Upper, path[1..]);
            if (Path.Exists(directory) || IsOther(Path.Combine(BaseDirectory, path[1..]))) continue;
            Directory.CreateDirectory(directory);
            if (path.EndsWith("/tmp", StringComparison.Ordinal))
                File.SetUnixFileMode(directory, HostRoot.Everybody);
        }
    }

    /// <summary>Returns the command, up to bubblewrap.</summary>
    /// <param name="paths">The files of the sandbox.</param>
    /// <param name="hasNetwork">
    /// Whether the network of the sandbox will be connected. The helper must have all rights in its user namespace; nobody has
    /// them in those that bubblewrap makes.
    /// </param>
    internal IReadOnlyList<string> ListCommand(SandboxPaths paths, bool hasNetwork)
    {
        List<string> command = [HostTool.Find("unshare")!, "--user", "--map-root-user", "--mount"];
        if (hasNetwork) command.Add("--net");
        command.Add("--");
        if (UsesOverlay)
            command.AddRange(["/bin/sh", "-c", MountScript, "mounts", OverlayOptions(BaseDirectory, paths.Upper, paths.Work), paths.Root]);
        return [.. command, .. Limits];
    }

    /// <summary>Returns the options of bubblewrap for user, namespaces and root directory.</summary>
    internal IEnumerable<string> ListOptions(SandboxPaths paths)
    {
        if (UsesOverlay) return ["--bind", paths.Root, "/"];
        return
        [
            "--ro-bind", BaseDirectory, "/",
            .. Writable.Where(path => Directory.Exists(Path.Combine(paths.Upper, path[1..])))
                .SelectMany(path => new[] { "--bind", Path.Combine(paths.Upper, path[1..]), path }),
        ];
    }

    // A file, or a link, which stays what it is.
    private static bool IsOther(string path) => Path.Exists(path) && (!Directory.Exists(path) || new FileInfo(path).LinkTarget is not null);
}
