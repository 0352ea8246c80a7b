using System.Net.Sockets;
using System.Runtime.InteropServices;
using FluentAssertions;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Files;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Files;

[Platform("Linux")]
public sealed class OutsideFileTests : IDisposable
{
    private const int Limit = 1000;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kg-files-");

    public void Dispose() => _directory.Delete(recursive: true);

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(Limit)]
    public void Regular_file_within_the_limit_is_read_whole(int length)
    {
        var content = new byte[length];
        Random.Shared.NextBytes(content);
        File.WriteAllBytes(PathOf("file"), content);

        OutsideFile.Read(PathOf("file"), Limit).Should().Equal(content);
    }

    [Test]
    public void File_beyond_the_limit_is_refused_unread()
    {
        using (var file = File.Create(PathOf("file"))) file.SetLength(1L << 40);

        Reading("file").Should().Throw<IOException>().WithMessage("*has 1099511627776 bytes or more; the limit is 1000 bytes.");
    }

    [Test]
    public void File_that_claims_to_be_empty_is_read_to_its_end()
    {
        OutsideFile.Read("/proc/self/status", 1024 * 1024).Should().HaveCountGreaterThan(100);
        var reading = () => OutsideFile.Read("/proc/self/status", 100);
        reading.Should().Throw<IOException>().WithMessage("*the limit is 100 bytes.");
    }

    [Test, CancelAfter(10_000)]
    public async Task Named_pipe_is_refused_without_waiting_for_a_writer(CancellationToken cancellationToken)
    {
        MakeFifo(PathOf("pipe"), 0x180).Should().Be(0);

        var reading = () => Task.Run(() => OutsideFile.Read(PathOf("pipe"), Limit), cancellationToken).WaitAsync(cancellationToken);

        (await reading.Should().ThrowAsync<IOException>()).WithMessage("*is a named pipe, not a regular file.");
        OutsideFile.IsRegular(PathOf("pipe")).Should().BeFalse();
    }

    [Test, CancelAfter(10_000)]
    public async Task Connection_file_that_is_a_named_pipe_is_refused_at_once(CancellationToken cancellationToken)
    {
        MakeFifo(PathOf("kernel.json"), 0x180).Should().Be(0);

        var reading = () => Task.Run(() => ConnectionFile.ReadAsync(PathOf("kernel.json"), cancellationToken), cancellationToken).WaitAsync(cancellationToken);

        (await reading.Should().ThrowAsync<ConnectionFileException>()).WithMessage("*named pipe*");
    }

    [Test]
    public void Socket_directory_and_device_are_refused()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(PathOf("socket")));
        Directory.CreateDirectory(PathOf("directory"));
        File.CreateSymbolicLink(PathOf("device"), "/dev/zero");

        Reading("socket").Should().Throw<IOException>().WithMessage("*is a socket*");
        Reading("directory").Should().Throw<IOException>().WithMessage("*is a directory*");
        Reading("device").Should().Throw<IOException>().WithMessage("*is a device*");
    }

    [Test]
    public void Link_is_followed_unless_the_rules_forbid_it()
    {
        File.WriteAllText(PathOf("file"), "content");
        File.CreateSymbolicLink(PathOf("link"), PathOf("file"));
        File.CreateSymbolicLink(PathOf("loop"), PathOf("loop"));

        OutsideFile.Read(PathOf("link"), Limit).Should().Equal("content"u8.ToArray());
        Reading("link", OutsideFileRules.NoLink).Should().Throw<IOException>().WithMessage("*is a symbolic link*");
        Reading("loop").Should().Throw<IOException>();
        Reading("gone").Should().Throw<FileNotFoundException>();
    }

    [Test]
    public void File_of_another_user_is_refused_by_the_rule_for_owned_files()
    {
        File.WriteAllText(PathOf("file"), "content");
        OutsideFile.Read(PathOf("file"), Limit, OutsideFileRules.OwnedByUs).Should().HaveCount(7);
        if (UnixFile.EffectiveUserId != 0) Assert.Ignore("Only root can give a file to another user.");
        ChangeOwner(PathOf("file"), 65534, 65534).Should().Be(0);

        Reading("file", OutsideFileRules.OwnedByUs).Should().Throw<UnauthorizedAccessException>().WithMessage("*belongs to another user*");
    }

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);

    private Func<byte[]> Reading(string name, OutsideFileRules rules = OutsideFileRules.None) => () => OutsideFile.Read(PathOf(name), Limit, rules);

    [DllImport("libc", EntryPoint = "mkfifo", SetLastError = true)]
    private static extern int MakeFifo([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    [DllImport("libc", EntryPoint = "chown", SetLastError = true)]
    private static extern int ChangeOwner([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint user, uint group);
}
