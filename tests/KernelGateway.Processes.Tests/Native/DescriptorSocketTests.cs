using System.Net.Sockets;
using FluentAssertions;
using KernelGateway.Processes.Native;
using Microsoft.Win32.SafeHandles;
using NUnit.Framework;

namespace KernelGateway.Processes.Tests.Native;

[Platform("Linux")]
public sealed class DescriptorSocketTests : IDisposable
{
    private const int ConnectionRefused = 111;
    private const int NoEntry = 2;
    private const int NameTooLong = 36;
    private const int CloseOnExec = 0x80000;       // O_CLOEXEC

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("descriptors-");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<SafeFileHandle> _received = [];

    private string SocketPath => Path.Combine(_directory.FullName, "socket");

    public void Dispose()
    {
        foreach (var handle in _received) handle.Dispose();
        _listener.Dispose();
        _directory.Delete(recursive: true);
    }

    [Test]
    public void Open_files_arrive_with_the_first_byte_and_are_not_inherited()
    {
        using var client = Connect(out var server);
        using var file = MemoryFile.Create("passed", "content"u8);
        using (server)
        {
            DescriptorSocket.Send(Number(client), "request"u8, [Number(file), Number(file)]).Should().Be(7);

            var buffer = new byte[3];
            DescriptorSocket.Receive((int)server.Handle, buffer, _received, out var isComplete).Should().Be(3);
            isComplete.Should().BeTrue();
            _received.Should().HaveCount(2);
            var text = new byte[7];
            RandomAccess.Read(_received[1], text, fileOffset: 0);
            text.Should().Equal("content"u8.ToArray());
            (ReadFlags(_received[0]) & CloseOnExec).Should().NotBe(0, "the descriptor is closed when a program is executed");

            DescriptorSocket.Receive((int)server.Handle, new byte[10], _received, out _).Should().Be(4);
            _received.Should().HaveCount(2);
        }
    }

    [Test]
    public void More_descriptors_than_expected_are_closed_and_reported()
    {
        using var client = Connect(out var server);
        using var file = MemoryFile.Create("passed", []);
        using (server)
        {
            DescriptorSocket.Send(Number(client), "x"u8, [Number(file), Number(file), Number(file), Number(file)]);
            DescriptorSocket.Receive((int)server.Handle, new byte[1], _received, out var isComplete).Should().Be(1);
            isComplete.Should().BeFalse();
            _received.Should().HaveCount(DescriptorSocket.MaxDescriptors);

            // A receiver that takes none.
            DescriptorSocket.Send(Number(client), "x"u8, [Number(file)]);
            DescriptorSocket.Receive((int)server.Handle, new byte[1], received: null, out isComplete).Should().Be(1);
            isComplete.Should().BeFalse();
        }
    }

    [Test]
    public void Nothing_end_and_credentials_are_told_apart()
    {
        var client = Connect(out var server);
        using (server)
        {
            DescriptorSocket.Receive((int)server.Handle, new byte[1], _received, out _).Should().BeNull();
            var peer = PeerCredentials.Read(server);
            peer.ProcessId.Should().Be(Environment.ProcessId);
            peer.UserId.Should().Be(LibC.EffectiveUserId);

            client.Dispose();

            DescriptorSocket.Receive((int)server.Handle, new byte[1], _received, out _).Should().Be(0);
        }
    }

    [Test]
    public void Failure_to_connect_has_the_number_of_the_system()
    {
        DescriptorSocket.TryConnect(SocketPath, out var none).Should().Be(NoEntry);
        none.Should().BeNull();
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        DescriptorSocket.TryConnect(SocketPath, out _).Should().Be(ConnectionRefused);
        DescriptorSocket.TryConnect("/" + new string('x', 107), out _).Should().Be(NameTooLong);
    }

    private SafeFileHandle Connect(out Socket server)
    {
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        DescriptorSocket.TryConnect(SocketPath, out var client).Should().Be(0);
        server = _listener.Accept();
        return client!;
    }

    private static int Number(SafeFileHandle handle) => (int)handle.DangerousGetHandle();

    // proc(5), /proc/(pid)/fdinfo:   flags:  02100002, octal
    private static int ReadFlags(SafeFileHandle handle)
    {
        const string Label = "flags:";
        var line = File.ReadLines($"/proc/self/fdinfo/{Number(handle)}").First(line => line.StartsWith(Label, StringComparison.Ordinal));
        return Convert.ToInt32(line[Label.Length..].Trim(), 8);
    }
}
