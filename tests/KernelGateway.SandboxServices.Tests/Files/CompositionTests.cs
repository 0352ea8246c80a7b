using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Files;

public sealed class CompositionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Test]
    public async Task Parts_are_joined_in_order_and_removed()
    {
        _folder.Create("1", new string('a', 300_000));
        _folder.Create("2");
        _folder.Create("3", "end");
        _folder.Create("whole", "former");

        var entry = await _folder.Files.ComposeAsync(["1", "2", "3"], "whole");

        entry.Should().BeEquivalentTo(new
        {
            Name = "whole",
            Path = _folder.PathOf("whole"),
            Type = FileEntryType.File,
            Size =
            300_003L
        });
        File.ReadAllText(entry.Path).Should().Be(new string('a', 300_000) + "end");
        (await _folder.Files.ListAsync("")).Should().ContainSingle();
        OpenDescriptors.Below(_folder.Root).Should().BeEmpty();
    }

    [TestCase("missing", FileErrorReason.NotFound)]
    [TestCase("folder", FileErrorReason.IsADirectory)]
    [TestCase("pipe", FileErrorReason.NotARegularFile)]
    [TestCase("whole", FileErrorReason.SameFile)]
    [TestCase("alias", FileErrorReason.SameFile)]
    public async Task Part_that_cannot_be_used_is_refused_and_everything_stays(string part, FileErrorReason reason)
    {
        _folder.Run("echo 1 > 1; mkdir folder; mkfifo pipe; echo former > whole; ln whole alias");

        (await TemporaryFolder.ReasonOf(() => _folder.Files.ComposeAsync(["1", part], "whole"))).Should().Be(reason);

        (await _folder.Files.ListAsync("")).Select(entry => entry.Name).Should().Equal("1", "alias", "folder", "pipe", "whole");
        File.ReadAllText(_folder.PathOf("whole")).Should().Be("former\n");
        OpenDescriptors.Below(_folder.Root).Should().BeEmpty();
    }

    [Test]
    public async Task Nothing_cannot_be_composed()
    {
        var act = () => _folder.Files.ComposeAsync([], "whole");

        await act.Should().ThrowAsync<ArgumentException>();
    }

    public void Dispose() => _folder.Dispose();
}
