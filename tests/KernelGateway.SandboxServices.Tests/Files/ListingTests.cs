using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Files;

public sealed class ListingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [TestCase(1, "B a a.txt z")]
    [TestCase(2, "B a a/b a/c.txt a.txt z")]
    [TestCase(9, "B a a/b a/b/deep.txt a/c.txt a.txt z")]
    public async Task Entries_come_in_pre_order_and_by_name_at_each_level(int depth, string expected)
    {
        _folder.Run("mkdir -p a/b; touch z B a.txt a/c.txt a/b/deep.txt");

        var entries = await _folder.Files.ListAsync("", depth);

        string.Join(' ', entries.Select(entry => entry.Path[(_folder.Root.Length + 1)..])).Should().Be(expected);
    }

    [Test]
    public async Task Directory_behind_a_link_is_listed_by_the_path_of_the_link_and_links_below_are_not_entered()
    {
        _folder.Run("mkdir -p real/inner; touch real/inner/file; ln -s inner real/alias; ln -s real link");

        var entries = await _folder.Files.ListAsync("link", 5);

        entries.Select(entry => entry.Path).Should().Equal(
            _folder.PathOf("link/alias"), _folder.PathOf("link/inner"), _folder.PathOf("link/inner/file"));
        entries[0].Should().BeEquivalentTo(new { Type = FileEntryType.Directory, SymlinkTarget = _folder.PathOf("real/inner") });
    }

    [Test]
    [Category("Slow")]
    public async Task Ten_thousand_files_are_listed_in_order()
    {
        _folder.Run("seq -f 'f%05g' 1 10000 | xargs touch");

        var entries = await _folder.Files.ListAsync("");

        entries.Should().HaveCount(10_000);
        entries.Select(entry => entry.Name).Should().BeInAscendingOrder(StringComparer.Ordinal);
    }

    [Test]
    public async Task Latin1_name_is_listed_and_its_path_leads_to_the_file()
    {
        _folder.Run("printf latin > $'caf\\xe9.txt'; mkdir $'d\\xfc'; touch $'d\\xfc/x'");

        var entries = await _folder.Files.ListAsync("", 2);

        entries.Select(entry => entry.Name).Should().Equal("caf\uEFE9.txt", "d\uEFFC", "x");
        await using (var content = await _folder.Files.OpenReadAsync(entries[0].Path))
            (await TemporaryFolder.ReadAsync(content)).Should().Be("latin");
        (await _folder.Files.GetEntryAsync(entries[2].Path)).Name.Should().Be("x");
        await _folder.Files.MoveAsync(entries[0].Path, "plain.txt");
        File.ReadAllText(_folder.PathOf("plain.txt")).Should().Be("latin");
        await _folder.Files.RemoveAsync(entries[1].Path);
        (await _folder.Files.ListAsync("")).Select(entry => entry.Name).Should().Equal("plain.txt");
    }

    [TestCase("missing", FileErrorReason.NotFound)]
    [TestCase("file", FileErrorReason.NotADirectory)]
    [TestCase("loop", FileErrorReason.LinkLoop)]
    [TestCase("pipe", FileErrorReason.NotADirectory)]
    public async Task What_is_not_a_directory_is_refused(string name, FileErrorReason reason)
    {
        _folder.Run("touch file; ln -s loop loop; mkfifo pipe");

        (await TemporaryFolder.ReasonOf(() => _folder.Files.ListAsync(name))).Should().Be(reason);
    }

    [Test]
    public async Task Listing_stops_when_it_is_cancelled()
    {
        _folder.Create("a/b");
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        var act = () => _folder.Files.ListAsync("", 2, cancelled.Token);

        await act.Should().ThrowAsync<OperationCanceledException>();
    }

    public void Dispose() => _folder.Dispose();
}
