using System.Formats.Tar;
using FluentAssertions;
using KernelGateway.ControlPlane.Templates;
using KernelGateway.ControlPlane.Templates.Images;
using NUnit.Framework;
using static KernelGateway.ControlPlane.Tests.Templates.Images.ImageWriter;

namespace KernelGateway.ControlPlane.Tests.Templates.Images;

/// <summary>Tar files, also those that were made to write outside of the root directory.</summary>
[Platform("Linux")]
public sealed class TarTests
{
    [TestCase(false)]
    [TestCase(true)]
    public void Files_directories_and_links_are_unpacked(bool isCompressed)
    {
        using var bench = new ImageBench();
        var tar = Tar(Folder("./bin"), File("./bin/tool", "1", 0b111_101_101), Link("sh", "/bin/tool"), HardLink("bin/same", "bin/tool"), File("a/b/c", "2"));

        bench.Unpack(bench.WriteFile("image", isCompressed ? Compress(tar) : tar)).Should().BeNull();

        bench.List().Should().Equal("a", "a/b", "a/b/c", "bin", "bin/same", "bin/tool", "sh");
        bench.Read("bin/same").Should().Be("1");
        new FileInfo(Path.Combine(bench.Root, "sh")).LinkTarget.Should().Be("/bin/tool");
        System.IO.File.GetUnixFileMode(Path.Combine(bench.Root, "bin/tool")).Should().Be((UnixFileMode)0b111_101_101);
        System.IO.File.WriteAllText(Path.Combine(bench.Root, "bin/tool"), "3");
        bench.Read("bin/same").Should().Be("3", "it is the same file");
    }

    [TestCase("../outside")]
    [TestCase("a/../../outside")]
    [TestCase("/../outside")]
    [TestCase("..")]
    public void Name_that_leads_out_is_refused(string name)
    {
        using var bench = new ImageBench();

        FluentActions.Invoking(() => bench.UnpackTar(Folder("a"), File(name, "1"))).Should().Throw<TemplateException>().WithMessage("*leads out*");

        Directory.EnumerateFileSystemEntries(bench.Directory).Select(Path.GetFileName).Should().BeEquivalentTo("image.tar", "root");
    }

    [Test]
    public void Absolute_names_are_those_of_the_root_directory()
    {
        using var bench = new ImageBench();

        bench.UnpackTar(File("/kernel-gateway-test/file", "1"));

        bench.Read("kernel-gateway-test/file").Should().Be("1");
        Path.Exists("/kernel-gateway-test").Should().BeFalse();
    }

    [Test]
    public void Links_in_the_way_lead_to_places_below_the_root_directory()
    {
        using var bench = new ImageBench();
        var outside = Directory.CreateDirectory(Path.Combine(bench.Directory, "outside")).FullName;

        bench.UnpackTar(
            Link("absolute", outside), File("absolute/1", "1"),
            Link("upward", "../outside"), File("upward/2", "2"),
            Link("deep", "absolute/../../../.."), File("deep/3", "3"));

        Directory.EnumerateFileSystemEntries(outside).Should().BeEmpty();
        bench.Read(outside.TrimStart('/') + "/1").Should().Be("1");
        bench.Read("outside/2").Should().Be("2");
        bench.Read("3").Should().Be("3");
    }

    [Test]
    public void Link_at_the_end_of_a_name_is_replaced_and_not_followed()
    {
        using var bench = new ImageBench();
        var outside = bench.WriteFile("outside", "old"u8.ToArray());

        bench.UnpackTar(Link("file", outside), File("file", "new"), Link("directory", bench.Directory), Folder("directory"), File("directory/image", ""));

        System.IO.File.ReadAllText(outside).Should().Be("old");
        bench.Read("file").Should().Be("new");
        bench.List().Should().Equal("directory", "directory/image", "file");
    }

    [TestCase("../outside", "*leads out*")]
    [TestCase("missing", "*not a file of the image*")]
    [TestCase("link/passwd", "*not a file of the image*")]
    [TestCase("directory", "*not a file of the image*")]
    [TestCase(".", "*root directory*")]
    public void Second_name_of_something_else_than_a_file_of_the_image_is_refused(string target, string message)
    {
        using var bench = new ImageBench();
        bench.WriteFile("outside", "secret"u8.ToArray());

        FluentActions.Invoking(() => bench.UnpackTar(Folder("directory"), Link("link", "/etc"), HardLink("copy", target)))
            .Should().Throw<TemplateException>().WithMessage(message);

        Path.Exists(Path.Combine(bench.Root, "copy")).Should().BeFalse();
    }

    [Test]
    public void Second_name_of_a_link_is_a_link()
    {
        using var bench = new ImageBench();

        bench.UnpackTar(Link("shadow", "/etc/shadow"), HardLink("copy", "shadow"));

        new FileInfo(Path.Combine(bench.Root, "copy")).LinkTarget.Should().Be("/etc/shadow");
    }

    [Test]
    public void Links_in_a_circle_are_refused()
    {
        using var bench = new ImageBench();

        FluentActions.Invoking(() => bench.UnpackTar(Link("a", "b"), Link("b", "a"), File("a/file"))).Should().Throw<TemplateException>().WithMessage("*too many links*");
    }

    [Test]
    public void Entry_in_a_file_is_refused()
    {
        using var bench = new ImageBench();

        FluentActions.Invoking(() => bench.UnpackTar(File("a"), File("a/b"))).Should().Throw<TemplateException>();
    }

    [Test]
    public void Set_user_id_bits_and_devices_are_left_out()
    {
        using var bench = new ImageBench();

        bench.UnpackTar(
            File("su", "", 0b100_111_101_101), new PaxTarEntry(TarEntryType.BlockDevice, "disk") { DeviceMajor = 8, DeviceMinor = 0 },
            new PaxTarEntry(TarEntryType.Fifo, "pipe"));

        bench.List().Should().Equal("su");
        System.IO.File.GetUnixFileMode(Path.Combine(bench.Root, "su")).Should().Be((UnixFileMode)0b111_101_101);
    }

    [Test]
    public void Owners_are_kept_where_the_superuser_unpacks_and_others_than_those_of_a_sandbox_are_refused()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root can give files to other users.");
        using var bench = new ImageBench();
        var (own, foreign) = (File("own"), File("foreign"));
        (own.Uid, own.Gid, foreign.Uid) = (1000, 1001, 70_000);

        FluentActions.Invoking(() => bench.UnpackTar(own, foreign)).Should().Throw<TemplateException>().WithMessage("*70000*");

        using var stat = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%u:%g", Path.Combine(bench.Root, "own")])
        {
            RedirectStandardOutput = true,
        })!;
        stat.StandardOutput.ReadToEnd().Trim().Should().Be("1000:1001");
    }

    [TestCase(1_000, 3)]
    [TestCase(9, 100)]
    public void More_than_the_limits_is_refused(int bytes, int entries)
    {
        using var bench = new ImageBench();
        var tar = Tar(File("a", "12345"), File("b", "67890"), File("c"), File("d"));

        FluentActions.Invoking(() => bench.Unpack(bench.WriteFile("image", tar), limits: new UnpackLimits(bytes, entries)))
            .Should().Throw<TemplateException>().WithMessage("*more than*");
    }

    [Test]
    public void File_that_is_not_a_tar_file_or_is_cut_short_is_refused([Values(0, 3, 100, 600, 1030)] int length, [Values] bool isCompressed)
    {
        using var bench = new ImageBench();
        var tar = Tar(File("a", new string('x', 600)));
        var content = isCompressed ? Compress(tar)[..(Compress(tar).Length * length / 2000)] : tar[..length];
        if (length == 0 || content.Length == 0) content = [1, 2, 3];

        FluentActions.Invoking(() => bench.Unpack(bench.WriteFile("image", content))).Should().Throw<TemplateException>();
    }

    [Test]
    public void Zstandard_is_named_in_the_refusal()
    {
        using var bench = new ImageBench();

        FluentActions.Invoking(() => bench.Unpack(bench.WriteFile("image", [0x28, 0xB5, 0x2F, 0xFD, 0]))).Should().Throw<TemplateException>().WithMessage("*zstd*");
    }
}
