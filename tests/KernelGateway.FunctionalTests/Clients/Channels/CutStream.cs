using System.Net.Sockets;

namespace KernelGateway.FunctionalTests.Clients.Channels;

/// <summary>A TCP connection that is reset after so many received bytes, wherever in a frame that may be.</summary>
internal sealed class CutStream(Socket socket, long remaining) : NetworkStream(socket, ownsSocket: true)
{
    private long _remaining = remaining;

    /// <summary>Gets whether it was this stream that ended the connection.</summary>
    public bool WasCut { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length > 0 && _remaining == 0) Cut();
        var count = await base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _remaining)], cancellationToken);
        _remaining -= count;
        return count;
    }

    private void Cut()
    {
        WasCut = true;
        Socket.LingerState = new LingerOption(enable: true, seconds: 0);   // a reset and no orderly end
        Socket.Close();
        throw new IOException("The test has cut this connection.");
    }
}
