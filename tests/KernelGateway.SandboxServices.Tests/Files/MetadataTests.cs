using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Native;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Files;

public sealed class MetadataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [TestCase(false)]
    [TestCase(true)]
    public async Task Metadata_are_stored_with_keys_in_lower_case_and_follow_a_move(bool isAtomic)
    {
        RequireAttributes();
        var options = new FileWriteOptions
        {
            IsAtomic = isAtomic, Metadata = new Dictionary<string, string>
            {
                ["Author"] =
            "me", ["x-y"] = ""
            }
        };

        var written = await _folder.Files.WriteAsync("a", TemporaryFolder.Content("x"), options);
        var moved = await _folder.Files.MoveAsync("a", "b");

        written.Metadata.Should().Equal(new Dictionary<string, string> { ["author"] = "me", ["x-y"] = "" });
        moved.Metadata.Should().Equal(written.Metadata);
        (await _folder.Files.ListAsync("")).Single().Metadata.Should().Equal(written.Metadata);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Upload_replaces_all_former_metadata_and_leaves_other_attributes(bool isAtomic)
    {
        RequireAttributes();
        var former = new FileWriteOptions { Metadata = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" } };
        await _folder.Files.WriteAsync("file", Stream.Null, former);
        SetAttribute("file", "user.other", "kept"u8.ToArray());

        var options = new FileWriteOptions { IsAtomic = isAtomic, Metadata = new Dictionary<string, string> { ["b"] = "3" } };
        var second = await _folder.Files.WriteAsync("file", Stream.Null, options);
        var third = await _folder.Files.WriteAsync("file", Stream.Null);

        second.Metadata.Should().Equal(new Dictionary<string, string> { ["b"] = "3" });
        third.Metadata.Should().BeEmpty();
        if (!isAtomic) ExtendedAttributes.Read(Path("file"), "user.other\0"u8.ToArray()).Should().Equal("kept"u8.ToArray());
    }

    [Test]
    public async Task Attributes_that_others_set_are_shown_unless_they_are_not_utf8()
    {
        RequireAttributes();
        _folder.Create("file");
        SetAttribute("file", "user.e2b.good", "grüße"u8.ToArray());
        SetAttribute("file", "user.e2b.bad", [0xFF, 0xFE]);
        SetAttribute("file", "user.elsewhere", "x"u8.ToArray());

        var entry = await _folder.Files.GetEntryAsync("file");

        entry.Metadata.Should().Equal(new Dictionary<string, string> { ["good"] = "grüße" });
    }

    [Test]
    public async Task Link_shows_the_metadata_of_its_target()
    {
        RequireAttributes();
        _folder.Create("file");
        _folder.Link("link", "file");
        SetAttribute("file", "user.e2b.a", "1"u8.ToArray());

        (await _folder.Files.GetEntryAsync("link")).Metadata.Should().ContainKey("a");
    }

    [TestCase("", "x")]
    [TestCase("key\n", "x")]
    [TestCase("schlüssel", "x")]
    [TestCase("key", "wärme")]
    [TestCase("key", "a\u007F")]
    public async Task Metadata_that_are_not_allowed_are_refused_before_anything_is_written(string key, string value)
    {
        var options = new FileWriteOptions { Metadata = new Dictionary<string, string> { [key] = value } };

        (await TemporaryFolder.ReasonOf(() =>
            _folder.Files.WriteAsync("file", Stream.Null, options))).Should().Be(FileErrorReason.InvalidMetadata);

        (await _folder.Files.ExistsAsync("file")).Should().BeFalse();
    }

    [TestCase(246, 4096 - 9 - 246, true)]
    [TestCase(247, 1, false)]
    [TestCase(246, 4096 - 9 - 246 + 1, false)]
    public void Size_of_metadata_has_limits(int keyLength, int valueLength, bool isAllowed)
    {
        var check = () => FileMetadata.Check([new(new string('k', keyLength), new string('v', valueLength))]);

        if (isAllowed) check.Should().NotThrow();
        else check.Should().Throw<SandboxFileException>().Which.Reason.Should().Be(FileErrorReason.InvalidMetadata);
    }

    [Test]
    public void First_of_two_keys_that_differ_in_case_counts() =>
        FileMetadata.Check([new("Key", "first"), new("kEY", "second")]).Should().Equal(new Dictionary<string, string>
        {
            ["key"] =
            "first"
        });

    private byte[] Path(string name) => PathText.Encode(_folder.PathOf(name));

    private void SetAttribute(string name, string attribute, byte[] value) =>
        ExtendedAttributes.Write(Path(name), PathText.Encode(attribute), value).Should().Be(0);

    private void RequireAttributes()
    {
        _folder.Create("probe");
        if (ExtendedAttributes.Write(Path("probe"), "user.probe\0"u8.ToArray(), []) != 0)
            Assert.Ignore("The file system has no extended attributes.");
        File.Delete(_folder.PathOf("probe"));
    }

    public void Dispose() => _folder.Dispose();
}
