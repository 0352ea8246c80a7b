using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.ControlPlane.Templates;

namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>The program <c>sudo</c> of sandboxes. No program inside gets new privileges, so it asks the sidecar, which is root.</summary>
/// <remarks>
/// It is a script in a directory of its own, which is the first of <c>PATH</c>. Login shells of many systems replace <c>PATH</c>, and
/// some programs start <c>/usr/bin/sudo</c>. So it has further names: links in the root directory of a template, which packages may
/// replace; in place of the host's own <c>sudo</c> if the programs of the host are used.
/// </remarks>
internal static class SudoProgram
{
    private const string Name = "sudo";

    // The runtime may open other files as standard streams that are closed. Its diagnostics would leave a socket in /tmp.
    private const string Script = $$"""
        #!/bin/sh
        # Programs of this sandbox cannot become root. This one asks the service of the sandbox to run a command.
        command : 2>/dev/null 3<&0 || exec </dev/null
        command : 2>/dev/null 3>&1 || exec >/dev/null
        command : 3>&2 || exec 2>/dev/null
        export DOTNET_EnableDiagnostics=0
        exec {{SidecarCommand.Dotnet}}/dotnet {{SidecarCommand.Sidecar}}/kernel-gateway.dll sudo {{SidecarCommand.SudoSocket}} "$@"

        """;

    private const string SwitchedOff = "it is switched off in this sandbox: its template has \"sudo\": false";

    private const string OneUser = "this sandbox has one user only, because the service of the sandboxes does not run as root";

    private static readonly string[] LinkDirectories = ["usr/bin", "usr/local/bin"];

    internal static string PathIn(SandboxPaths paths) => Path.Combine(paths.Programs, Name);

    /// <summary>Writes the program of a sandbox.</summary>
    internal static void Write(SandboxPaths paths, SandboxTemplate template, bool isRootless)
    {
        Directory.CreateDirectory(paths.Programs);
        File.SetUnixFileMode(paths.Programs, HostRoot.Readable);
        File.WriteAllText(PathIn(paths), isRootless ? Refuse(OneUser) : template.AllowsSudo ? Script : Refuse(SwitchedOff));
        File.SetUnixFileMode(PathIn(paths), HostRoot.Readable);
    }

    /// <summary>Lists files of the host's programs that are hidden by the program.</summary>
    internal static IEnumerable<string> ListReplaced(SandboxTemplate template)
    {
        var file = new FileInfo("/usr/bin/sudo");
        if (template.RootDirectory is not null || !file.Exists) return [];
        // A mount over a link would be one over the file that it leads to.
        var target = (file.ResolveLinkTarget(returnFinalTarget: true) ?? file).FullName;
        return target.StartsWith("/usr/", StringComparison.Ordinal) ? [target] : [];
    }

    /// <summary>Gives the program its names in a mounted root directory. Former sandboxes can have changed anything in it.</summary>
    internal static void LinkIn(string root, uint owner)
    {
        const string Target = $"{SidecarCommand.Programs}/{Name}";
        foreach (var name in LinkDirectories)
        {
            using var directory = RootedDirectory.TryOpen(root, name);
            // A disk that is full has the links of an earlier start, or the program is found by PATH alone.
            directory?.TryLink(Name, Target, owner, replaces: name == LinkDirectories[0]);
        }
    }

    private static string Refuse(string reason) => $"#!/bin/sh\necho 'sudo: {reason}' >&2\nexit 1\n";
}
