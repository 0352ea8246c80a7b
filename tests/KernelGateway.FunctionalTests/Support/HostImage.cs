using System.Formats.Tar;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KernelGateway.ControlPlane.Tests.Templates.Images;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>
/// An OCI layout with a small image: a few programs of this machine, with the libraries that they and .NET need, below a layer that
/// changes and removes files.
/// </summary>
internal static partial class HostImage
{
    private const int UserId = 1234;

    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    // The sidecar starts programs of other users with setpriv, the SDK commands with bash.
    private static readonly string[] Programs =
        ["/bin/bash", "/usr/bin/setpriv", "/usr/bin/cat", "/usr/bin/id", "/usr/bin/ls", "/usr/bin/stat"];

    // .NET opens them when it computes the first digest.
    private static readonly string[] OpenSsl = ["libssl.so.3", "libcrypto.so.3", "libssl.so.1.1", "libcrypto.so.1.1"];

    /// <summary>Writes it below a directory and returns its path.</summary>
    public static async Task<string> WriteAsync(string directory, CancellationToken cancellationToken)
    {
        var writer = new ImageWriter(directory);
        var libraries = await FindLibrariesAsync(cancellationToken);
        TarEntry[] lower =
        [
            .. Programs.Concat(libraries).Select(Copy),
            ImageWriter.Link("bin/sh", "bash"),
            ImageWriter.File("etc/passwd", $"root:x:0:0:root:/root:/bin/bash\napp:x:{UserId}:{UserId}:An application:/srv/app:/bin/bash\n"),
            ImageWriter.File("etc/group", $"root:x:0:\napp:x:{UserId}:\n"),
            ImageWriter.File("etc/motd", "of the lower layer\n"),
            ImageWriter.File("gone", "of the lower layer\n"),
            ImageWriter.File("opaque/old", "of the lower layer\n"),
        ];
        TarEntry[] upper =
        [
            ImageWriter.File("etc/motd", "of the upper layer\n"),
            ImageWriter.File(".wh.gone"),
            ImageWriter.File("opaque/new", "of the upper layer\n"),
            ImageWriter.File("opaque/.wh..wh..opq"),
            OfUser(ImageWriter.Folder("srv/app")),
            OfUser(ImageWriter.File("srv/app/data", "of the user\n")),
        ];
        writer.WriteLayout([ImageWriter.Tar(lower), ImageWriter.Tar(upper)], new JsonObject
        {
            ["User"] = $"{UserId}:{UserId}",
            ["WorkingDir"] = "/srv/app",
            ["Env"] = new JsonArray("PATH=/usr/bin:/bin", "GREETING=hello", "EMPTY="),
            ["Entrypoint"] = new JsonArray("/bin/sh", "-c"),
            ["Cmd"] = new JsonArray("echo started > /srv/app/started"),
        });
        return writer.Layout;
    }

    private static async Task<string[]> FindLibrariesAsync(CancellationToken cancellationToken)
    {
        var runtime = RuntimeEnvironment.GetRuntimeDirectory();
        var dotnet = Path.GetFullPath(Path.Combine(runtime, "..", "..", "..", "dotnet"));
        // Programs of the system and the parts of .NET name the libraries that they need. Parts that are not used here can lack some.
        var (_, needed) = await ProgramRun.RunAsync("ldd", [.. Programs, dotnet, .. Directory.GetFiles(runtime, "lib*.so")], cancellationToken);
        var (_, known) = await ProgramRun.RunAsync("/sbin/ldconfig", ["-p"], cancellationToken);
        return
        [
            .. Libraries().Matches(needed).Select(match => match.Groups["path"].Value).Where(path => !path.StartsWith(runtime, StringComparison.Ordinal))
                .Concat(OpenSsl.SelectMany(name => known.Split('\n').Where(line => line.Trim().StartsWith(name + " ", StringComparison.Ordinal)).Take(1))
                    .Select(line => line.Split(" => ")[1].Trim()))
                .Distinct(),
        ];
    }

    private static PaxTarEntry Copy(string path) => new(TarEntryType.RegularFile, path[1..])
    {
        // Of a library, the name is that of a link.
        DataStream = new MemoryStream(File.ReadAllBytes(path)),
        Mode = Executable,
    };

    private static TarEntry OfUser(TarEntry entry)
    {
        (entry.Uid, entry.Gid) = (UserId, UserId);
        return entry;
    }

    // "\tlibm.so.6 => /lib/libm.so.6 (0x...)" and "\t/lib64/ld-linux-x86-64.so.2 (0x...)"
    [GeneratedRegex(@"(?<path>/\S+) \(0x", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Libraries();
}
