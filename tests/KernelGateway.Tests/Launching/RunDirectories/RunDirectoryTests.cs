using System.Runtime.Versioning;
using FluentAssertions;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching.RunDirectories;

[Platform("Linux")]
[SupportedOSPlatform("linux")]
public sealed class RunDirectoryTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task Each_gateway_has_a_directory_of_its_own()
    {
        await using var first = RunDirectory.Create(_directory.Combine("run"));
        await using var second = RunDirectory.Create(_directory.Combine("run"));

        second.Path.Should().NotBe(first.Path);
        File.GetUnixFileMode(first.Path).Should().Be(Private);
    }

    [Test]
    public async Task Root_that_others_can_enter_is_closed_to_them()
    {
        var root = Directory.CreateDirectory(_directory.Combine("run")).FullName;
        File.SetUnixFileMode(root, Private | UnixFileMode.OtherRead | UnixFileMode.OtherExecute | UnixFileMode.OtherWrite);

        await using var directory = RunDirectory.Create(root);

        File.GetUnixFileMode(root).Should().Be(Private);
    }

    [Test]
    public void Root_that_is_a_symbolic_link_is_refused()
    {
        Directory.CreateDirectory(_directory.Combine("elsewhere"));
        Directory.CreateSymbolicLink(_directory.Combine("run"), _directory.Combine("elsewhere"));

        var creating = () => RunDirectory.Create(_directory.Combine("run"));

        creating.Should().Throw<UnauthorizedAccessException>().WithMessage("*symbolic link*");
        Directory.EnumerateFileSystemEntries(_directory.Combine("elsewhere")).Should().BeEmpty();
    }

    [Test]
    public async Task Directory_goes_with_its_content()
    {
        var directory = RunDirectory.Create(_directory.Combine("run"));
        _directory.Write(Path.Combine(directory.Path, "ipc-x-1"), "");

        await directory.DisposeAsync();
        await directory.DisposeAsync();

        Directory.Exists(directory.Path).Should().BeFalse();
    }
}
