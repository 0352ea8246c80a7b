using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Threading.Channels;

namespace KernelGateway.Zmtp.Transports;

/// <summary>Listens under a name within the process.</summary>
internal sealed class InprocListener : ZmtpListener
{
    private const int Backlog = 100;
    private static readonly ConcurrentDictionary<string, InprocListener> Listeners = new(StringComparer.Ordinal);

    // Full: connecting fails like a refused connection and is tried again.
    private readonly Channel<InprocTransport> _waiting = Channel.CreateBounded<InprocTransport>(Backlog);
    private readonly string _name;

    private InprocListener(string name) => _name = name;

    public override string Endpoint => $"inproc://{_name}";

    public static InprocListener Listen(string name)
    {
        var listener = new InprocListener(name);
        if (!Listeners.TryAdd(name, listener)) throw new SocketException((int)SocketError.AddressAlreadyInUse);
        return listener;
    }

    public static InprocTransport Connect(string name)
    {
        if (!Listeners.TryGetValue(name, out var listener)) throw new SocketException((int)SocketError.ConnectionRefused);
        var (ours, theirs) = InprocTransport.CreatePair();
        if (!listener._waiting.Writer.TryWrite(theirs)) throw new SocketException((int)SocketError.ConnectionRefused);
        return ours;
    }

    public override async ValueTask<ZmtpTransport> AcceptAsync(CancellationToken cancellationToken) =>
        await _waiting.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);

    public override ValueTask DisposeAsync()
    {
        Listeners.TryRemove(new KeyValuePair<string, InprocListener>(_name, this));
        _waiting.Writer.TryComplete();
        while (_waiting.Reader.TryRead(out var transport))
            transport.Dispose();
        return ValueTask.CompletedTask;
    }
}
