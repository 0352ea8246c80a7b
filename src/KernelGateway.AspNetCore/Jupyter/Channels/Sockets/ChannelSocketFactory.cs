using System.Buffers.Binary;
using System.Net.WebSockets;
using KernelGateway.AspNetCore.WebSockets;
using KernelGateway.Protocol.WebSockets;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Channels.Sockets;

/// <summary>Implements the channels' sockets with <see cref="WebSocketConnection"/>.</summary>
internal sealed class ChannelSocketFactory : IChannelSocketFactory
{
    public static ChannelSocketFactory Instance { get; } = new();

    public WebSocketRefusal? Check(HttpContext context) => WebSocketUpgrade.Check(context);

    public async Task<IChannelSocket> AcceptAsync(HttpContext context, string? subProtocol, ChannelSocketOptions options)
    {
        LostClientDetection.Enable(context);
        var stream = await WebSocketUpgrade.UpgradeAsync(context, subProtocol);
        return new ChannelSocket(new WebSocketConnection(stream, context.Abort, subProtocol, new WebSocketConnectionOptions
        {
            MaxMessageBytes = options.MaxMessageBytes,
            CloseTimeout = options.CloseTimeout,
            Time = options.Time,
            Memory = options.Memory,
            OnReceived = QuickAcknowledgement.For(context),
            OnPong = payload => options.OnPong(ReadPosition(payload)),
        }));
    }

    private static long? ReadPosition(ReadOnlySpan<byte> payload) =>
        BinaryPrimitives.TryReadInt64BigEndian(payload, out var position) ? position : null;

    private sealed class ChannelSocket(WebSocketConnection connection) : IChannelSocket
    {
        public bool ReportsPongs => true;

        public ChannelSocketError? Error =>
            connection.Violation is { } violation ? new ChannelSocketError(violation.Status, violation.Message) : null;

        public long WrittenBytes => connection.WrittenBytes;

        public async ValueTask<ChannelSocketMessage?> ReceiveAsync(CancellationToken cancellationToken) =>
            await connection.ReceiveAsync(cancellationToken) is { } message
                ? new ChannelSocketMessage(message.IsText, message.Payload)
                : null;

        public ISpliceWriter BeginMessage(bool isText, long payloadBytes) => connection.BeginMessage(isText, payloadBytes);

        public void WritePing(long position)
        {
            Span<byte> payload = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64BigEndian(payload, position);
            connection.WritePing(payload);
        }

        public ValueTask<bool> FlushAsync(CancellationToken cancellationToken) => connection.FlushAsync(cancellationToken);

        public Task CloseOutputAsync(WebSocketCloseStatus status, string reason, CancellationToken cancellationToken) =>
            connection.CloseOutputAsync(status, reason, cancellationToken);

        public void Abort() => connection.Abort();

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
