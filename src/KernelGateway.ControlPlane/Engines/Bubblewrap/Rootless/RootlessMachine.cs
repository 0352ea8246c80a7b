using KernelGateway.ControlPlane.Engines.Native;

namespace KernelGateway.ControlPlane.Engines.Bubblewrap.Rootless;

/// <summary>Finds out what the machine allows an ordinary user.</summary>
/// <param name="dataDirectory">Where the files of the sandboxes will be.</param>
/// <param name="usesOverlay">Whether an overlay is wanted.</param>
internal sealed class RootlessMachine(string dataDirectory, bool usesOverlay)
{
    private const string Remedy =
        "The system must allow user namespaces for ordinary users (sysctl user.max_user_namespaces, "
        + "kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0; in a container: a seccomp and an "
        + "AppArmor profile that allow them, and no masked parts of /proc)";

    private readonly Lazy<string?> _overlayProblem = new(() => FindOverlayProblem(dataDirectory));

    /// <summary>Gets why the root of a sandbox cannot be an overlay; null when it can. Examined once.</summary>
    internal string? OverlayProblem => usesOverlay ? _overlayProblem.Value : "it is switched off";

    /// <summary>Returns why an ordinary user cannot make namespaces; null when he can.</summary>
    internal static string? FindNamespaceProblem()
    {
        try
        {
            HostTool.Run(
                "unshare", "--user", "--map-root-user", "--mount", "--", "bwrap", "--unshare-user", "--uid", "1000", "--gid", "1000",
                "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--cap-drop", "ALL",
                "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--", "true");
            return null;
        }
        catch (IOException exception)
        {
            return $"{exception.Message}. {Remedy}";
        }
    }

    // On the file system that the overlays will be on: not all have the attributes that an ordinary user's overlay needs.
    private static string? FindOverlayProblem(string dataDirectory)
    {
        var place = dataDirectory;
        while (!Directory.Exists(place)) place = Path.GetDirectoryName(place)!;
        var probe = Path.Combine(place, $".overlay-{Guid.NewGuid():N}");
        try
        {
            foreach (var name in new[] { "lower", "upper", "work", "root" }) Directory.CreateDirectory(Path.Combine(probe, name));
            HostTool.Run(
                "unshare", "--user", "--map-root-user", "--mount", "--", "mount", "-n", "-t", "overlay",
                "-o", RootlessPlan.OverlayOptions($"{probe}/lower", $"{probe}/upper", $"{probe}/work"), "overlay", $"{probe}/root");
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"an ordinary user cannot mount an overlay (Linux 5.11 or newer; a file system with user attributes): {exception.Message}";
        }
        finally
        {
            if (Directory.Exists(probe)) HostTool.RemoveTree(probe);
        }
    }
}
