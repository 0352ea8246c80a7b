using System.Text;
using KernelGateway.Launching;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Wire;
using KernelGateway.Zmtp;
using KernelGateway.Zmtp.Sockets;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Probing;

/// <summary>A client of a kernel that keeps every received frame and can send any frames.</summary>
internal sealed class KernelProbe : IAsyncDisposable
{
    private static readonly WireCodec Unverified = new(MessageSigner.Disabled);

    private readonly TimeProvider _time;
    private readonly Task<KernelExit> _exited;
    private readonly WireCodec _codec;
    private readonly CancellationTokenSource _closing = new();
    private readonly DealerSocket _shell;
    private readonly DealerSocket _control;
    private readonly DealerSocket _stdin;
    private readonly SubscriberSocket _iopub;
    private Task[] _loops = [];

    public KernelProbe(KernelConnectionInfo info, Task<KernelExit> exited, TimeProvider time)
    {
        Info = info;
        _exited = exited;
        _time = time;
        _codec = new WireCodec(info.CreateSigner());
        Factory = MessageFactory.StartSession("conformance", time);
        var options = Options(time);
        options.RoutingId = Encoding.ASCII.GetBytes(Factory.SessionId);
        _shell = new DealerSocket(options);
        _control = new DealerSocket(options);
        _stdin = new DealerSocket(options);
        _iopub = new SubscriberSocket(options);
    }

    public KernelConnectionInfo Info { get; }

    public MessageFactory Factory { get; }

    public SightingLog Log { get; } = new();

    /// <summary>Gets how the subscription was greeted; null when it was not, or has not been yet. Survives the clearing of the log.</summary>
    public Sighting? Welcome { get; private set; }

    public void Open()
    {
        _iopub.Subscribe([]);
        _loops =
        [
            ReceiveAsync(KernelChannel.IOPub, _iopub.ReceiveAsync),
            ReceiveAsync(KernelChannel.Shell, _shell.ReceiveAsync),
            ReceiveAsync(KernelChannel.Control, _control.ReceiveAsync),
            ReceiveAsync(KernelChannel.Stdin, _stdin.ReceiveAsync),
        ];
        _iopub.Connect(Info.GetEndpoint(KernelChannel.IOPub));
        _shell.Connect(Info.GetEndpoint(KernelChannel.Shell));
        _control.Connect(Info.GetEndpoint(KernelChannel.Control));
        _stdin.Connect(Info.GetEndpoint(KernelChannel.Stdin));
    }

    /// <summary>Opens a heartbeat socket; the caller's to dispose, because one that missed an answer is of no more use.</summary>
    public RequestSocket OpenHeartbeat()
    {
        var socket = new RequestSocket(Options(_time));
        socket.Connect(Info.GetEndpoint(KernelChannel.Heartbeat));
        return socket;
    }

    public JupyterMessage CreateRequest(string type, JObject content, JObject? metadata = null, string? subshellId = null) =>
        JupyterMessage.Create(Factory.CreateHeader(type, subshellId), null, content, metadata);

    public Task<Exchange> SendAsync(KernelChannel channel, string type, JObject content, CancellationToken cancellationToken) =>
        SendAsync(channel, CreateRequest(type, content), cancellationToken);

    public async Task<Exchange> SendAsync(KernelChannel channel, JupyterMessage request, CancellationToken cancellationToken)
    {
        var exchange = new Exchange(this, channel, request, _time.GetUtcNow());
        await SendFramesAsync(channel, _codec.Encode(request), cancellationToken).ConfigureAwait(false);
        return exchange;
    }

    public IReadOnlyList<ReadOnlyMemory<byte>> Encode(JupyterMessage request) => _codec.Encode(request);

    public ValueTask SendFramesAsync(
        KernelChannel channel, IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken)
    {
        var socket = channel switch { KernelChannel.Control => _control, KernelChannel.Stdin => _stdin, _ => _shell };
        return socket.SendAsync(frames, cancellationToken);
    }

    /// <summary>Waits until a condition is true; it is checked after each message.</summary>
    /// <returns>Whether it became true in time.</returns>
    /// <exception cref="KernelGoneException">The process ended first.</exception>
    public async Task<bool> WaitAsync(Func<bool> holds, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        while (true)
        {
            var more = Log.More;
            if (holds()) return true;
            if (_exited.IsCompleted) throw new KernelGoneException((await _exited.ConfigureAwait(false)).ToString());
            try
            {
                await Task.WhenAny(more, _exited).WaitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return holds();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(
            _shell.DisposeAsync().AsTask(), _control.DisposeAsync().AsTask(), _stdin.DisposeAsync().AsTask(),
            _iopub.DisposeAsync().AsTask()).ConfigureAwait(false);
        await Task.WhenAll(_loops).ConfigureAwait(false);
        _closing.Dispose();
    }

    // Unsent messages at the disposal are for a kernel that has ended.
    private static ZmtpSocketOptions Options(TimeProvider time) => new()
    {
        Linger = TimeSpan.Zero, TimeProvider = time, ReconnectIntervalMax = TimeSpan.FromMilliseconds(50),
        ReceiveHighWaterMark = 0,
    };

    private async Task ReceiveAsync(KernelChannel channel, Func<CancellationToken, ValueTask<ZmtpMessage>> receive)
    {
        try
        {
            while (true)
            {
                using var received = await receive(_closing.Token).ConfigureAwait(false);
                var sighting = Look(channel, [.. received.Select(frame => (ReadOnlyMemory<byte>)frame.ToArray())]);
                if (sighting.Type == MessageTypes.IOPubWelcome) Welcome ??= sighting;
                Log.Add(sighting);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The probe is being disposed.
        }
    }

    private Sighting Look(KernelChannel channel, ReadOnlyMemory<byte>[] frames)
    {
        // A message with a wrong signature is read too, because the result names it.
        Unverified.TryDecode(frames, out var message, out _, out _);
        var isSigned = _codec.TryDecode(frames, out _, out _, out var reason)
            || reason is not (MessageDropReason.BadSignature or MessageDropReason.MissingSignature);
        var delimiter = Array.FindIndex(frames, frame => frame.Span.SequenceEqual(WireCodec.Delimiter));
        return new Sighting(channel, frames, delimiter, message, isSigned, _time.GetUtcNow());
    }
}
