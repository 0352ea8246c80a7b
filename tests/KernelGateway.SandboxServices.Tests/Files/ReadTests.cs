using System.Security.Cryptography;
using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Files;

public sealed class ReadTests : IDisposable
{
    private const long FourGibibytes = 4L * 1024 * 1024 * 1024;

    private readonly TemporaryFolder _folder = new();

    [Test]
    public async Task Content_is_read_whole_and_in_ranges()
    {
        _folder.Create("a", "0123456789");

        await using var content = await _folder.Files.OpenReadAsync("a");

        content.Length.Should().Be(10);
        content.Entry.Name.Should().Be("a");
        (await TemporaryFolder.ReadAsync(content)).Should().Be("0123456789");
        (await TemporaryFolder.ReadAsync(content, 3, 4)).Should().Be("3456");
        (await TemporaryFolder.ReadAsync(content, 8, 100)).Should().Be("89");
        (await TemporaryFolder.ReadAsync(content, 20)).Should().BeEmpty();
        (await TemporaryFolder.ReadAsync(content, 0, 0)).Should().BeEmpty();
    }

    [Test]
    public async Task Empty_file_has_no_length_and_no_content()
    {
        _folder.Create("empty");

        await using var content = await _folder.Files.OpenReadAsync("empty");

        content.Length.Should().BeNull("a file of size 0 in procfs may have content");
        (await TemporaryFolder.ReadAsync(content)).Should().BeEmpty();
    }

    [Test]
    public async Task Files_of_proc_and_sys_have_no_length_and_are_read_to_their_end()
    {
        await using var version = await _folder.Files.OpenReadAsync("/proc/version");
        await using var mounts = await _folder.Files.OpenReadAsync("/proc/self/mounts");

        version.Length.Should().BeNull();
        (await TemporaryFolder.ReadAsync(version)).Should().Be(await File.ReadAllTextAsync("/proc/version"));
        (await TemporaryFolder.ReadAsync(mounts)).Should().Contain("/proc ");
        if (!File.Exists("/sys/kernel/mm/transparent_hugepage/enabled")) return;
        await using var setting = await _folder.Files.OpenReadAsync("/sys/kernel/mm/transparent_hugepage/enabled");
        setting.Length.Should().BeNull("sysfs reports the size of a page");
        (await TemporaryFolder.ReadAsync(setting)).Should().Contain("never");
    }

    [Test]
    public async Task Range_beyond_four_gibibytes_of_a_sparse_file_is_read()
    {
        using (var file = File.OpenHandle(_folder.PathOf("sparse"), FileMode.CreateNew, FileAccess.Write))
            RandomAccess.Write(file, "end"u8, FourGibibytes);

        await using var content = await _folder.Files.OpenReadAsync("sparse");

        content.Length.Should().Be(FourGibibytes + 3);
        (await TemporaryFolder.ReadAsync(content, FourGibibytes - 2)).Should().Be("\0\0end");
        (await _folder.Files.ListAsync("")).Single().Size.Should().Be(FourGibibytes + 3);
    }

    [Test]
    public async Task Large_content_is_read_through_a_link_as_it_was_written()
    {
        var bytes = RandomNumberGenerator.GetBytes(3_000_001);
        await File.WriteAllBytesAsync(_folder.PathOf("large"), bytes);
        _folder.Link("link", "large");

        await using var content = await _folder.Files.OpenReadAsync("link");
        using var copy = new MemoryStream();
        await content.OpenStream().CopyToAsync(copy);

        copy.ToArray().Should().Equal(bytes);
    }

    [Test]
    public async Task Open_file_stays_the_same_when_its_path_leads_elsewhere()
    {
        _folder.Create("a", "first");
        await using var content = await _folder.Files.OpenReadAsync("a");

        _folder.Run("rm a; echo second > a");

        (await TemporaryFolder.ReadAsync(content)).Should().Be("first");
    }

    [TestCase("folder", FileErrorReason.IsADirectory)]
    [TestCase("", FileErrorReason.IsADirectory)]
    [TestCase("pipe", FileErrorReason.NotARegularFile)]
    [TestCase("/dev/zero", FileErrorReason.NotARegularFile)]
    [TestCase("/dev/stdin", FileErrorReason.LinkLoop)]
    [TestCase("missing", FileErrorReason.NotFound)]
    [TestCase("dangling", FileErrorReason.NotFound)]
    [TestCase("loop", FileErrorReason.LinkLoop)]
    [TestCase("file/", FileErrorReason.NotADirectory)]
    [CancelAfter(30_000)]
    public async Task What_is_not_a_regular_file_is_refused_and_waits_for_nothing(
        string path, FileErrorReason reason, CancellationToken token)
    {
        _folder.Run("mkdir folder; mkfifo pipe; ln -s nowhere dangling; ln -s loop loop; touch file");
        // In a relative path the trailing slash would be removed.
        if (path == "file/") path = _folder.Root + "/file/";

        (await TemporaryFolder.ReasonOf(() => _folder.Files.OpenReadAsync(path, token).WaitAsync(token))).Should().Be(reason);
    }

    [Test]
    public async Task Closed_content_leaves_no_descriptor()
    {
        _folder.Create("a", "x");
        await using (var content = await _folder.Files.OpenReadAsync("a")) await TemporaryFolder.ReadAsync(content);
        await _folder.Files.ListAsync("", 3);
        await TemporaryFolder.ReasonOf(() => _folder.Files.OpenReadAsync(""));

        OpenDescriptors.Below(_folder.Root).Should().BeEmpty();
    }

    public void Dispose() => _folder.Dispose();
}
