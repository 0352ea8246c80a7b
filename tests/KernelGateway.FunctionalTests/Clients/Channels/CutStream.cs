using System.Net;
using System.Net.Sockets;

namespace KernelGateway.FunctionalTests.Clients.Channels;

/// <summary>
/// The TCP connection of a WebSocket client, which is reset after a number of received bytes, within a frame or between two messages.
/// </summary>
internal sealed class CutStream : NetworkStream
{
    private long _remainingBytes;
    private int _cutBehindMessages = int.MaxValue;
    private int _cutBehindReceived = int.MaxValue;

    private CutStream(Socket socket, long remainingBytes)
        : base(socket, ownsSocket: true) => _remainingBytes = remainingBytes;

    /// <summary>Gets whether this stream has reset the connection.</summary>
    public bool WasCut { get; private set; }

    /// <summary>Gets the counts of received and acknowledged messages.</summary>
    public AnswerTally Tally { get; } = new();

    /// <summary>Connects to a server.</summary>
    /// <param name="server">The address of the server.</param>
    /// <param name="bytes">The number of received bytes after which the connection is reset; null for never.</param>
    /// <param name="cancellationToken">Cancels the connection attempt.</param>
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

    /// <summary>Resets the connection after at least this many more messages, when the client has answered the pings after all of them.</summary>
    public void CutWhenAnswered(int moreMessages) => Volatile.Write(ref _cutBehindMessages, Tally.Messages + moreMessages);

    /// <summary>
    /// Resets the connection after at least this many more messages, acknowledged or not, when the client reads again.
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
        Socket.LingerState = new LingerOption(enable: true, seconds: 0);   // a reset instead of a normal close
        Socket.Close();
        throw new IOException("The test has cut this connection.");
    }
}
