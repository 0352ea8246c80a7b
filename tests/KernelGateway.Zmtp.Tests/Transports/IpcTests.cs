using System.Net.Sockets;
using System.Runtime.Versioning;
using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Transports;

[CancelAfter(30_000)]
[Platform(Exclude = "Win")]
[UnsupportedOSPlatform("windows")]
public sealed class IpcTests
{
    private string _directory = string.Empty;

    [SetUp]
    public void CreateDirectory() => _directory = Directory.CreateTempSubdirectory("zmtp-tests-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public async Task Path_of_107_bytes_works(CancellationToken token)
    {
        var path = Path.Combine(_directory, "s");
        path += new string('s', 107 - path.Length);

        await AssertConversationAsync($"ipc://{path}", token);
    }

    [Test]
    public async Task Abstract_name_works_and_leaves_no_file(CancellationToken token)
    {
        await AssertConversationAsync($"ipc://@zmtp-tests-{Guid.NewGuid():N}", token);

        Directory.GetFileSystemEntries(_directory).Should().BeEmpty();
    }

    [Test]
    public async Task Own_file_is_removed_on_close(CancellationToken token)
    {
        var path = Path.Combine(_directory, "x.sock");
        var router = new RouterSocket();
        (await router.BindAsync($"ipc://{path}", token)).Should().Be($"ipc://{path}");
        File.Exists(path).Should().BeTrue();

        await router.DisposeAsync();

        File.Exists(path).Should().BeFalse();
    }

    [Test]
    public async Task Fresh_endpoint_lies_in_a_private_directory_that_goes_away(CancellationToken token)
    {
        var router = new RouterSocket();
        var path = (await router.BindAsync("ipc://*", token))["ipc://".Length..];
        var directory = Path.GetDirectoryName(path)!;

        File.Exists(path).Should().BeTrue();
        File.GetUnixFileMode(directory).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await router.DisposeAsync();
        Directory.Exists(directory).Should().BeFalse();
    }

    [Test]
    public async Task Stale_socket_is_replaced(CancellationToken token)
    {
        var path = Path.Combine(_directory, "stale.sock");
        LeaveStaleSocket(path);

        await AssertConversationAsync($"ipc://{path}", token);
    }

    [Test]
    public async Task Socket_that_is_listened_on_is_left_alone(CancellationToken token)
    {
        var endpoint = $"ipc://{Path.Combine(_directory, "live.sock")}";
        await using var owner = new RouterSocket();
        await owner.BindAsync(endpoint, token);
        await using var intruder = new RouterSocket();

        await FluentActions.Awaiting(() => intruder.BindAsync(endpoint, token)).Should().ThrowAsync<SocketException>();

        await using var dealer = new DealerSocket();
        dealer.Connect(endpoint);
        await dealer.SendAsync(Bytes.Frames("still yours"), token);
        (await owner.ReceiveAsync(token)).TakeText().Should().EndWith("|still yours");
    }

    [Test]
    public async Task Anything_but_a_socket_is_left_alone(CancellationToken token)
    {
        var file = Path.Combine(_directory, "file");
        var directory = Path.Combine(_directory, "directory");
        await File.WriteAllTextAsync(file, string.Empty, token);
        Directory.CreateDirectory(directory);
        foreach (var path in new[] { file, directory })
        {
            await using var router = new RouterSocket();

            await FluentActions.Awaiting(() => router.BindAsync($"ipc://{path}", token)).Should().ThrowAsync<SocketException>();
        }

        File.Exists(file).Should().BeTrue();
        Directory.Exists(directory).Should().BeTrue();
    }

    [Test]
    public async Task File_that_replaced_the_sockets_file_is_not_removed(CancellationToken token)
    {
        var path = Path.Combine(_directory, "x.sock");
        var router = new RouterSocket();
        await router.BindAsync($"ipc://{path}", token);
        File.Delete(path);
        LeaveStaleSocket(path);
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(1));

        await router.DisposeAsync();

        File.Exists(path).Should().BeTrue();
    }

    [Test]
    public async Task Missing_directory_fails_to_bind_and_is_waited_for_on_connect(CancellationToken token)
    {
        var missing = Path.Combine(_directory, "missing");
        var endpoint = $"ipc://{Path.Combine(missing, "x.sock")}";
        await using var router = new RouterSocket();
        await FluentActions.Awaiting(() => router.BindAsync(endpoint, token)).Should().ThrowAsync<SocketException>();
        await using var dealer = new DealerSocket();
        var log = new ConnectionLog(dealer);
        dealer.Connect(endpoint);
        (await log.NextAsync(token)).Reason.Should().Be(ZmtpConnectionEndReason.ConnectFailed);

        Directory.CreateDirectory(missing);
        await router.BindAsync(endpoint, token);

        await log.ConnectedAsync(token);
    }

    // Creates what a crashed process leaves: a socket file on which no process listens.
    private static void LeaveStaleSocket(string path)
    {
        var elsewhere = path + ".tmp";
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(elsewhere));
            File.Move(elsewhere, path);
        }
    }

    private static async Task AssertConversationAsync(string endpoint, CancellationToken token)
    {
        await using var router = new RouterSocket();
        await using var dealer = new DealerSocket(new ZmtpSocketOptions { RoutingId = Bytes.Text("me") });
        dealer.Connect(await router.BindAsync(endpoint, token));
        await dealer.SendAsync(Bytes.Frames("hello"), token);
        (await router.ReceiveAsync(token)).TakeText().Should().Be("me|hello");
        await router.SendAsync(Bytes.Frames("me", "hi"), token);
        (await dealer.ReceiveAsync(token)).TakeText().Should().Be("hi");
    }
}
