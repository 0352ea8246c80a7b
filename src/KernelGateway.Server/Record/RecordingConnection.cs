using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Wire;
using KernelGateway.Zmtp;
using KernelGateway.Zmtp.Sockets;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Server.Record;

/// <summary>The sockets of a kernel, every frame of which is noted.</summary>
internal sealed class RecordingConnection : IAsyncDisposable
{
    private readonly WireCodec _codec;
    private readonly DealerSocket _shell;
    private readonly DealerSocket _control;
    private readonly DealerSocket _stdin;
    private readonly SubscriberSocket _iopub = new();
    private readonly RequestSocket _heartbeat = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Task[] _loops;

    // The recorder reads while it waits for an end; when it does not, the sockets wait.
    private readonly Channel<(KernelChannel Channel, JupyterMessage Message)> _received =
        Channel.CreateBounded<(KernelChannel, JupyterMessage)>(10_000);

    public RecordingConnection(KernelConnectionInfo info)
    {
        _codec = new WireCodec(MessageSigner.Create(info.Key, info.SignatureScheme));
        var options = new ZmtpSocketOptions { RoutingId = Encoding.ASCII.GetBytes(Messages.SessionId), Linger = TimeSpan.Zero };
        _shell = new DealerSocket(options);
        _control = new DealerSocket(options);
        _stdin = new DealerSocket(options);
        _iopub.Subscribe([]);
        _iopub.Connect(info.GetEndpoint(KernelChannel.IOPub));
        _shell.Connect(info.GetEndpoint(KernelChannel.Shell));
        _control.Connect(info.GetEndpoint(KernelChannel.Control));
        _stdin.Connect(info.GetEndpoint(KernelChannel.Stdin));
        _heartbeat.Connect(info.GetEndpoint(KernelChannel.Heartbeat));
        _loops =
        [
            ReceiveAsync(KernelChannel.Shell, _shell.ReceiveAsync),
            ReceiveAsync(KernelChannel.Control, _control.ReceiveAsync),
            ReceiveAsync(KernelChannel.Stdin, _stdin.ReceiveAsync),
            ReceiveAsync(KernelChannel.IOPub, _iopub.ReceiveAsync),
        ];
    }

    public MessageFactory Messages { get; } = MessageFactory.StartSession("tester");

    /// <summary>Gets what has been received, in order.</summary>
    public ChannelReader<(KernelChannel Channel, JupyterMessage Message)> Received => _received.Reader;

    /// <summary>Gets or sets the step that messages belong to.</summary>
    public string Step { get; set; } = "kernel_info";

    public double Seconds => Math.Round(Stopwatch.GetElapsedTime(_start).TotalSeconds, 6);

    /// <summary>Returns the noted lines.</summary>
    public IReadOnlyList<string> Lines()
    {
        lock (_gate) return [.. _lines];
    }

    public async Task SendAsync(KernelChannel channel, JupyterMessage message, CancellationToken cancellationToken)
    {
        var frames = _codec.Encode(message);
        Note("send", channel, frames);
        var socket = channel switch
        {
            KernelChannel.Control => _control,
            KernelChannel.Stdin => _stdin,
            _ => _shell,
        };
        await socket.SendAsync(frames, cancellationToken);
    }

    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte>[] ping = ["ping"u8.ToArray()];
        Note("send", KernelChannel.Heartbeat, ping);
        await _heartbeat.SendAsync(ping, cancellationToken);
        using var echo = await _heartbeat.ReceiveAsync(cancellationToken);
        Note("recv", KernelChannel.Heartbeat, echo);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await Task.WhenAll(_loops);
        foreach (ZmtpSocket socket in new ZmtpSocket[] { _shell, _control, _stdin, _iopub, _heartbeat }) await socket.DisposeAsync();
        _closing.Dispose();
    }

    private async Task ReceiveAsync(KernelChannel channel, Func<CancellationToken, ValueTask<ZmtpMessage>> receive)
    {
        try
        {
            while (true)
            {
                using var frames = await receive(_closing.Token);
                Note("recv", channel, frames);
                if (_codec.TryDecode(frames, out var message, out _, out _))
                {
                    await _received.Writer.WriteAsync((channel, message.Detach()), _closing.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The recording is over.
        }
    }

    private void Note(string direction, KernelChannel channel, IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        var line = new JObject
        {
            ["t"] = Seconds,
            ["dir"] = direction,
            ["channel"] = channel == KernelChannel.Heartbeat ? "hb" : channel.ToString().ToLowerInvariant(),
            ["step"] = Step,
            ["frames"] = new JArray(frames.Select(frame => Convert.ToBase64String(frame.Span))),
        };
        lock (_gate) _lines.Add(line.ToString(Formatting.None));
    }
}
