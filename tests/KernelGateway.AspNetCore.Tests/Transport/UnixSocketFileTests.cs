using System.Net.Sockets;
using FluentAssertions;
using KernelGateway.AspNetCore.Transport;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Transport;

[Platform("Linux")]
public sealed class UnixSocketFileTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory = Directory.CreateTempSubdirectory("kernel-gateway-tests-").FullName;

    private string SocketPath => Path.Combine(_directory, "socket");

    [TearDown]
    public void DeleteDirectory() => Directory.Delete(_directory, recursive: true);

    [TestCase(OwnerOnly)]
    [TestCase(OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupWrite)]
    public void File_has_the_permissions_while_the_socket_is_open(UnixFileMode mode)
    {
        using (Listen(mode))
        {
            (OperatingSystem.IsLinux() ? File.GetUnixFileMode(SocketPath) : mode).Should().Be(mode);
            Connect();
        }

        File.Exists(SocketPath).Should().BeFalse("the file is deleted with the socket");
    }

    [Test]
    public void File_of_a_server_that_was_killed_is_replaced()
    {
        using (var killed = Listen())
        {
            // .NET deletes the file under the name to which it was bound.
            File.Move(SocketPath, $"{SocketPath}.kept");
        }

        File.Move($"{SocketPath}.kept", SocketPath);
        FluentActions.Invoking(Connect).Should().Throw<SocketException>();

        using var next = Listen();

        Connect();
    }

    [Test]
    public void Path_on_which_another_server_listens_is_refused_and_stays_usable()
    {
        using var first = Listen();

        FluentActions.Invoking(() => Listen()).Should().Throw<IOException>().WithMessage($"'{SocketPath}' is in use*");

        Connect();
    }

    [Test]
    public void Full_backlog_counts_as_a_listener()
    {
        using var first = Listen(backlog: 0);
        using var waiting = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        waiting.Connect(new UnixDomainSocketEndPoint(SocketPath));

        FluentActions.Invoking(() => Listen()).Should().Throw<IOException>().WithMessage("*in use*");
    }

    [Test]
    public void File_that_is_not_a_socket_is_kept()
    {
        File.WriteAllText(SocketPath, "precious");

        FluentActions.Invoking(() => Listen()).Should().Throw<IOException>().WithMessage("*a regular file, not a socket*");

        File.ReadAllText(SocketPath).Should().Be("precious");
    }

    [Test]
    public void Symbolic_link_is_kept_whatever_it_leads_to()
    {
        File.CreateSymbolicLink(SocketPath, "nowhere");

        FluentActions.Invoking(() => Listen()).Should().Throw<IOException>().WithMessage("*a symbolic link, not a socket*");
    }

    [Test]
    public void Of_many_servers_that_start_at_once_on_an_abandoned_file_one_listens()
    {
        using (Listen()) File.Move(SocketPath, $"{SocketPath}.kept");
        File.Move($"{SocketPath}.kept", SocketPath);
        var sockets = new Socket?[16];

        Parallel.For(0, sockets.Length, i =>
        {
            try
            {
                sockets[i] = Listen(backlog: 64);   // the attempts of the others wait in it
            }
            catch (IOException)
            {
                // The others.
            }
        });

        sockets.Count(socket => socket is not null).Should().Be(1);
        Connect();
        foreach (var socket in sockets) socket?.Dispose();
    }

    [Test]
    public void Longest_path_is_accepted_and_one_byte_more_is_refused_with_both_lengths()
    {
        UnixSocketFile.CreateEndPoint(new string('x', 107));

        var creating = () => UnixSocketFile.CreateEndPoint($"{new string('x', 106)}ü");

        creating.Should().Throw<ArgumentException>().WithMessage("*is 108 bytes long*at most 107 bytes*");
    }

    private Socket Listen(UnixFileMode mode = OwnerOnly, int backlog = 8) => UnixSocketFile.Listen(UnixSocketFile.CreateEndPoint(SocketPath), mode, backlog);

    private void Connect()
    {
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(SocketPath));
    }
}
