namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>
/// The root directory of templates that have none: the programs of the host read-only, and a few files of <c>/etc</c>. What is
/// not listed does not exist in the sandbox.
/// </summary>
internal static class HostRoot
{
    // Only what everybody may read. Debian's packages of matplotlib, R and Java have their configuration in /etc.
    private static readonly string[] Shared =
    [
        "/etc/ld.so.cache", "/etc/ssl/certs", "/etc/alternatives", "/etc/mime.types", "/etc/localtime", "/etc/fonts",
        "/etc/matplotlibrc", "/etc/R", "/etc/jupyter", "/etc/ca-certificates.conf", "/etc/magic", "/etc/inputrc", "/etc/terminfo",
        "/etc/services", "/etc/protocols",
    ];

    private static readonly string[] SharedPatterns = ["java-*", "python3*"];

    private static readonly string[] ProgramDirectories = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

    private static readonly string[] EmptyDirectories =
    [
        "proc", "dev", "sys", "run", "usr", "etc", "opt/kernel-gateway", "opt/dotnet", "mnt", "media", "srv", "root", "home/user",
        "var/cache", "var/lib", "var/log", "tmp", "var/tmp", "code",
    ];

    internal const UnixFileMode Everybody =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute | UnixFileMode.StickyBit;

    internal const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>What the owner may change, and everybody may read and execute.</summary>
    internal const UnixFileMode Readable = OwnerOnly
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private const uint User = 1000;

    /// <summary>Lists what appears read-only in the sandbox.</summary>
    internal static IEnumerable<string> ListBinds()
    {
        yield return "/usr";
        foreach (var directory in ProgramDirectories.Select(name => "/" + name))
            // A link on systems whose programs are all below /usr.
            if (Directory.Exists(directory) && new DirectoryInfo(directory).LinkTarget is null) yield return directory;
        foreach (var path in Shared.Concat(SharedPatterns.SelectMany(pattern => Directory.GetDirectories("/etc", pattern))))
            if (Path.Exists(path)) yield return path;
    }

    /// <summary>
    /// Makes the directory below which everything appears, unless it is there. Owners in it are ids of the sandbox.
    /// </summary>
    internal static void Prepare(string directory)
    {
        if (Directory.Exists(directory)) return;
        var temporary = $"{directory}.{Environment.ProcessId}";
        if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        Directory.CreateDirectory(temporary);
        foreach (var name in EmptyDirectories) Directory.CreateDirectory(Path.Combine(temporary, name));
        foreach (var name in ProgramDirectories)
        {
            if (new DirectoryInfo("/" + name).LinkTarget is { } target)
                File.CreateSymbolicLink(Path.Combine(temporary, name), target.TrimStart('/'));
            else if (Directory.Exists("/" + name)) Directory.CreateDirectory(Path.Combine(temporary, name));
        }

        foreach (var path in ListBinds())
        {
            var place = temporary + path;
            Directory.CreateDirectory(Directory.Exists(path) ? place : Path.GetDirectoryName(place)!);
            if (!Directory.Exists(path)) File.WriteAllText(place, "");
        }

        WriteAccounts(Path.Combine(temporary, "etc"));
        File.SetUnixFileMode(Path.Combine(temporary, "tmp"), Everybody);
        File.SetUnixFileMode(Path.Combine(temporary, "var/tmp"), Everybody);
        File.SetUnixFileMode(Path.Combine(temporary, "root"), OwnerOnly);
        // Those of an ordinary user belong to the only user of his sandboxes already.
        foreach (var own in Environment.IsPrivilegedProcess ? new[] { "home/user", "code" } : [])
            Processes.Native.LibC.ChangeOwner(Path.Combine(temporary, own), User, User);
        Directory.Move(temporary, directory);
    }

    private static void WriteAccounts(string etc)
    {
        File.WriteAllText(Path.Combine(etc, "passwd"), """
            root:x:0:0:root:/root:/bin/bash
            daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
            bin:x:2:2:bin:/bin:/usr/sbin/nologin
            sys:x:3:3:sys:/dev:/usr/sbin/nologin
            mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
            www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
            user:x:1000:1000::/home/user:/bin/bash
            nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin

            """);
        File.WriteAllText(Path.Combine(etc, "group"), """
            root:x:0:
            daemon:x:1:
            bin:x:2:
            sys:x:3:
            adm:x:4:
            tty:x:5:
            disk:x:6:
            mail:x:8:
            www-data:x:33:
            staff:x:50:
            user:x:1000:
            nogroup:x:65534:

            """);
        File.WriteAllText(Path.Combine(etc, "nsswitch.conf"), """
            passwd: files
            group: files
            hosts: files dns

            """);
        foreach (var name in new[] { "resolv.conf", "hosts" }) File.WriteAllText(Path.Combine(etc, name), "");
    }
}
