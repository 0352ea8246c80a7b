using FluentAssertions;
using KernelGateway.ControlPlane.Engines.Native;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Native;

[Platform("Linux")]
public sealed class HostToolTests
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kg-copy-").FullName;

    [TearDown]
    public void RemoveTheDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void Copy_of_a_root_has_no_devices_pipes_and_set_user_id_bits()
    {
        var (source, copy) = (Path.Combine(_directory, "source"), Path.Combine(_directory, "copy"));
        HostTool.Run(
            "sh", "-c",
            """
            mkdir -p "$1/dev" "$1/bin" "$1/shared"
            echo 1 > "$1/bin/su"; chmod 6755 "$1/bin/su"; ln "$1/bin/su" "$1/bin/same"; ln -s su "$1/bin/link"
            chmod 2775 "$1/shared"
            mkfifo "$1/dev/pipe"
            [ "$(id -u)" != 0 ] || { mknod "$1/dev/null" c 1 3; mknod "$1/dev/loop0" b 7 0; chown 1000:1000 "$1/shared"; chmod g+s "$1/shared"; }
            """,
            "sh", source);

        HostTool.CopyRoot(source, copy);

        Directory.EnumerateFileSystemEntries(Path.Combine(copy, "dev")).Should().BeEmpty();
        var programs = HostTool.Run("stat", "-c", "%a %h %N", $"{copy}/bin/su", $"{copy}/bin/same", $"{copy}/bin/link", $"{copy}/shared");
        programs.Replace(copy, "", StringComparison.Ordinal).Should().Be(
            "755 2 '/bin/su'\n755 2 '/bin/same'\n777 1 '/bin/link' -> 'su'\n2775 2 '/shared'\n", "the group of a directory's files is kept");
        if (Environment.IsPrivilegedProcess) HostTool.Run("stat", "-c", "%u:%g", $"{copy}/shared").Should().Be("1000:1000\n");
    }
}
