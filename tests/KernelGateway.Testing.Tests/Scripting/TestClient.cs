using System.Text;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Scripting;
using KernelGateway.Zmtp;
using KernelGateway.Zmtp.Sockets;

namespace KernelGateway.Testing.Tests.Scripting;

/// <summary>A minimal client: it sends messages and keeps the received ones in order, by channel.</summary>
internal sealed class TestClient : IAsyncDisposable
{
    private readonly Dictionary<KernelChannel, DealerSocket> _dealers = [];
    private readonly SubscriberSocket _iopub = new();
    private readonly RequestSocket _heartbeat = new();
    private readonly List<Task> _readers = [];
    private readonly WireCodec _codec;

    public TestClient(KernelConnectionInfo info)
    {
        _codec = new WireCodec(info.CreateSigner());
        foreach (var channel in new[] { KernelChannel.Shell, KernelChannel.Control, KernelChannel.Stdin })
        {
            var dealer = new DealerSocket(new ZmtpSocketOptions { RoutingId = Encoding.ASCII.GetBytes(Factory.SessionId) });
            dealer.ConnectionChanged += change => Connections.Add((channel, change.Change == ZmtpConnectionChange.Connected));
            dealer.Connect(info.GetEndpoint(channel));
            _dealers[channel] = dealer;
            _readers.Add(ReadAsync(channel, dealer.ReceiveAsync));
        }
        _iopub.ConnectionChanged += change => Connections.Add((KernelChannel.IOPub, change.Change == ZmtpConnectionChange.Connected));
        _iopub.Subscribe([]);
        _iopub.Connect(info.GetEndpoint(KernelChannel.IOPub));
        _readers.Add(ReadAsync(KernelChannel.IOPub, _iopub.ReceiveAsync));
        _heartbeat.Connect(info.GetEndpoint(KernelChannel.Heartbeat));
    }

    public MessageFactory Factory { get; } = MessageFactory.StartSession("tester");

    public AwaitableLog<(KernelChannel Channel, bool IsConnected)> Connections { get; } = new();

    public AwaitableLog<Arrival> Received { get; } = new();

    /// <summary>
    /// Connects to a kernel and waits until it has the subscription and the other connections, so that no message is missed.
    /// </summary>
    public static async Task<TestClient> ConnectAsync(ScriptedKernel kernel, CancellationToken cancellationToken)
    {
        var client = new TestClient(kernel.ConnectionInfo);
        foreach (var channel in client._dealers.Keys) await kernel.WaitForConnectionAsync(channel, cancellationToken);
        await kernel.WaitForSubscriberAsync(cancellationToken);
        return client;
    }

    public async Task<JupyterMessage> SendAsync<T>(KernelChannel channel, T content, JupyterMessage? parent = null)
        where T : IMessageContent<T>
    {
        var message = parent is null ? Factory.Create(content) : Factory.CreateReply(parent, content);
        await _dealers[channel].SendAsync(_codec.Encode(message));
        return message;
    }

    public Task<JupyterMessage> ExecuteAsync(string code) => SendAsync(KernelChannel.Shell, new ExecuteRequest { Code = code });

    public async Task SendFramesAsync(KernelChannel channel, params ReadOnlyMemory<byte>[] frames) =>
        await _dealers[channel].SendAsync(frames);

    public async Task<byte[]> BeatAsync(byte[] ping, CancellationToken cancellationToken)
    {
        await _heartbeat.SendAsync([ping], cancellationToken);
        using var echo = await _heartbeat.ReceiveAsync(cancellationToken);
        return echo[0].ToArray();
    }

    /// <summary>Waits for the first message of a type with a parent.</summary>
    public async Task<JupyterMessage> WaitForAsync(
        string messageType, JupyterMessage? parent, CancellationToken cancellationToken)
    {
        var arrival = await Received.WaitForAsync(
            received => received.Message?.MessageType == messageType && IsAbout(received.Message, parent), cancellationToken);
        return arrival.Message!;
    }

    /// <summary>Waits for the first content of a type that belongs to a request.</summary>
    public async Task<T> WaitForAsync<T>(JupyterMessage request, CancellationToken cancellationToken)
        where T : IMessageContent<T> => (await WaitForAsync(T.MessageType, request, cancellationToken)).ReadContent<T>();

    /// <summary>
    /// Waits for reply and idle status, and returns the message types of the messages of a request, with the execution state in place of status.
    /// </summary>
    public async Task<string[]> WaitUntilDoneAsync(JupyterMessage request, CancellationToken cancellationToken)
    {
        var replyType = request.MessageType.Replace("_request", "_reply", StringComparison.Ordinal);
        await WaitForAsync(replyType, request, cancellationToken);
        await Received.WaitForAsync(received => IsIdle(received.Message, request), cancellationToken);
        return [.. Received.Items.Where(received => IsAbout(received.Message, request))
            .OrderBy(received => received.Channel == KernelChannel.IOPub ? 0 : 1).Select(received => Name(received.Message!))];
    }

    public string Text(JupyterMessage request) => string.Concat(Received.Items
        .Where(received => IsAbout(received.Message, request) && received.Message!.MessageType == MessageTypes.Stream)
        .Select(received => received.Message!.ReadContent<StreamOutput>().Text));

    public async ValueTask DisposeAsync()
    {
        foreach (var dealer in _dealers.Values) await dealer.DisposeAsync();
        await _iopub.DisposeAsync();
        await _heartbeat.DisposeAsync();
        await Task.WhenAll(_readers);
    }

    public static bool IsAbout(JupyterMessage? message, JupyterMessage? request) =>
        message is not null && message.ParentMessageId == request?.MessageId;

    private static bool IsIdle(JupyterMessage? message, JupyterMessage request) => message?.MessageType == MessageTypes.Status
        && IsAbout(message, request) && message.ReadContent<StatusOutput>().ExecutionState == ExecutionState.Idle;

    private static string Name(JupyterMessage message) => message.MessageType == MessageTypes.Status
        ? (string)message.Content["execution_state"]!
        : message.MessageType;

    private async Task ReadAsync(KernelChannel channel, Func<CancellationToken, ValueTask<ZmtpMessage>> receiveAsync)
    {
        try
        {
            while (true)
            {
                using var frames = await receiveAsync(CancellationToken.None);
                _codec.TryDecode(frames, out var message, out var prefixFrames, out var reason);
                Received.Add(new Arrival(channel, message?.Detach(), prefixFrames, reason));
            }
        }
        catch (ObjectDisposedException)
        {
            // The test has disposed the client.
        }
    }

    /// <summary>A message that was received from the kernel.</summary>
    public sealed record Arrival(KernelChannel Channel, JupyterMessage? Message, int PrefixFrames, MessageDropReason Reason);
}
