using System.IO.Pipes;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using KernelGateway.Processes.Native;
using KernelGateway.SandboxServices.Sudo;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Support;

/// <summary>A server for sudo, and programs that use it.</summary>
public sealed class SudoBench : IAsyncDisposable
{
    private readonly List<IDisposable> _clients = [];
    private SudoServer? _server;

    /// <summary>Creates it; ignores the test when this process is not root.</summary>
    /// <param name="options">How the services of the sandbox work.</param>
    public SudoBench(LocalSandboxOptions? options = null)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess) Assert.Ignore("Only root can run commands as other users.");
        Folder.FilesOfNobody();
        Sandbox = new LocalSandbox(options);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        listener.Listen(64);
        _server = new SudoServer(Sandbox, listener);
        _server.Start();
    }

    public TemporaryFolder Folder { get; } = new();

    public LocalSandbox Sandbox { get; }

    public string SocketPath => Folder.PathOf("sudo.sock");

    /// <summary>Creates the request of a command line.</summary>
    internal SudoRequest Ask(params string[] words) =>
        SudoRequest.Create(SudoCommandLine.Parse(words), Folder.Root, ["TERM=dumb", "MINE=1"], hasTerminal: false);

    /// <summary>Connects without sending anything.</summary>
    internal SudoClient Connect()
    {
        var client = new SudoClient(SocketPath);
        _clients.Add(client);
        return client;
    }

    /// <summary>Runs a command line to its end.</summary>
    internal async Task<(SudoMessage End, string Output, string Error)> RunAsync(SudoRequest request, CancellationToken token, string input = "")
    {
        using var output = new AnonymousPipeServerStream(PipeDirection.In);
        using var error = new AnonymousPipeServerStream(PipeDirection.In);
        using var inputFile = MemoryFile.Create("input", System.Text.Encoding.UTF8.GetBytes(input));
        var client = Connect();
        client.Send(request.Write(), inputFile, output.ClientSafePipeHandle, error.ClientSafePipeHandle);
        output.DisposeLocalCopyOfClientHandle();
        error.DisposeLocalCopyOfClientHandle();
        using var outputReader = new StreamReader(output);
        using var errorReader = new StreamReader(error);
        var texts = await Task.WhenAll(outputReader.ReadToEndAsync(token), errorReader.ReadToEndAsync(token));
        while (true)
        {
            var message = await client.ReadAsync(token);
            if (message.Kind != SudoMessageKind.Started) return (message, texts[0], texts[1]);
        }
    }

    public async ValueTask StopAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _server = null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await StopAsync();
        await Sandbox.DisposeAsync();
        Folder.Dispose();
    }
}

/// <summary>A program that uses sudo.</summary>
internal sealed class SudoClient : IDisposable
{
    private const int TryAgain = 11;               // EAGAIN

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly byte[] _buffer = new byte[SudoMessage.MaxBytes];
    private int _length;

    public SudoClient(string path) => _socket.Connect(new UnixDomainSocketEndPoint(path));

    /// <summary>Sends bytes, with descriptors.</summary>
    public void Send(ReadOnlySpan<byte> bytes, params SafeHandle[] descriptors)
    {
        int[] numbers = [.. descriptors.Select(handle => (int)handle.DangerousGetHandle())];
        while (!bytes.IsEmpty)
        {
            var count = DescriptorSocket.Send((int)_socket.Handle, bytes, numbers);
            if (count == -TryAgain)
            {
                LibC.Poll([new PollDescriptor((int)_socket.Handle, LibC.PollOut)], timeoutMilliseconds: -1);
                continue;
            }

            if (count < 0) throw new IOException($"error {-count}");
            numbers = [];
            bytes = bytes[count..];
        }
    }

    public void Signal(int number) => Send(SudoMessage.Write(SudoMessageKind.Signal, (byte)number));

    /// <summary>Reads the next message.</summary>
    public async Task<SudoMessage> ReadAsync(CancellationToken token)
    {
        while (true)
        {
            ReadOnlyMemory<byte> bytes = _buffer.AsMemory(0, _length);
            if (SudoMessage.TryRead(ref bytes, out var message))
            {
                message = message with { Payload = message.Payload.ToArray() };
                bytes.CopyTo(_buffer);
                _length = bytes.Length;
                return message;
            }

            var count = await _socket.ReceiveAsync(_buffer.AsMemory(_length), SocketFlags.None, token);
            if (count == 0) throw new EndOfStreamException();
            _length += count;
        }
    }

    /// <summary>Waits until the server closes the connection; ignores what it sends.</summary>
    public async Task WaitForEndAsync(CancellationToken token)
    {
        try
        {
            while (await _socket.ReceiveAsync(_buffer, SocketFlags.None, token) > 0)
            {
                // Until the end.
            }
        }
        catch (SocketException)
        {
            // The server has not read everything.
        }
    }

    public void Dispose() => _socket.Dispose();
}
