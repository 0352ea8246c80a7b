using System.Net;
using System.Net.Sockets;

namespace KernelGateway.FunctionalTests.Clients.Channels;

/// <summary>
/// A TCP connection of a WebSocket client that is reset after so many received bytes, wherever in a frame that may be, or between two messages.
/// </summary>
internal sealed class CutStream : NetworkStream
{
    private long _remainingBytes;
    private int _cutBehindMessages = int.MaxValue;
    private int _cutBehindReceived = int.MaxValue;

    private CutStream(Socket socket, long remainingBytes)
        : base(socket, ownsSocket: true) => _remainingBytes = remainingBytes;

    /// <summary>Gets whether it was this stream that ended the connection.</summary>
    public bool WasCut { get; private set; }

    /// <summary>Gets what came and what of it was answered.</summary>
    public AnswerTally Tally { get; } = new();

    /// <summary>Connects.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="bytes">After how many received bytes it is reset; null for never.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<CutStream> OpenAsync(DnsEndPoint server, long? bytes, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server, cancellationToken);
            return new CutStream(socket, bytes ?? long.MaxValue);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Has it reset when at least so many more messages have come and the client has answered the pings behind all of them.</summary>
    public void CutWhenAnswered(int moreMessages) => Volatile.Write(ref _cutBehindMessages, Tally.Messages + moreMessages);

    /// <summary>
    /// Has it reset when at least so many more messages have come, answered or not, and the client asks for more.
    /// </summary>
    public void CutWhenReceived(int moreMessages) => Volatile.Write(ref _cutBehindReceived, Tally.Messages + moreMessages);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length > 0 && (_remainingBytes == 0 || Tally.Messages >= Volatile.Read(ref _cutBehindReceived))) Cut();
        var count = await base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _remainingBytes)], cancellationToken);
        _remainingBytes -= count;
        Tally.OnRead(buffer.Span[..count]);
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await base.WriteAsync(buffer, cancellationToken);
        Tally.OnWritten(buffer.Span);
        if (Tally.Messages >= Volatile.Read(ref _cutBehindMessages) && Tally.AnsweredMessages == Tally.Messages) Cut();
    }

    private void Cut()
    {
        WasCut = true;
        Socket.LingerState = new LingerOption(enable: true, seconds: 0);   // a reset and no orderly end
        Socket.Close();
        throw new IOException("The test has cut this connection.");
    }
}
