using KernelGateway.Zmtp.Transports;

namespace KernelGateway.Zmtp.Tests.Support;

/// <summary>A raw peer: the test decides which bytes it sends, and when.</summary>
internal sealed class RawPeer(ZmtpTransport transport) : IDisposable
{
    public static RawPeer ConnectInproc(string endpoint) => new(InprocListener.Connect(endpoint["inproc://".Length..]));

    public static async Task<RawPeer> AcceptAsync(ZmtpListener listener, CancellationToken cancellationToken) =>
        new(await listener.AcceptAsync(cancellationToken));

    public static string FreshName() => $"inproc://{Guid.NewGuid():N}";

    public static ZmtpListener Listen(string endpoint) => InprocListener.Listen(endpoint["inproc://".Length..]);

    public Task SendAsync(params byte[][] parts) => transport.SendAsync([Bytes.Join(parts)]).AsTask();

    public async Task SendSplitAsync(byte[] bytes, int chunkBytes)
    {
        for (var at = 0; at < bytes.Length; at += chunkBytes)
            await SendAsync(bytes[at..Math.Min(bytes.Length, at + chunkBytes)]);
    }

    public async Task<byte[]> ReadAsync(int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            var read = await transport.ReceiveAsync(bytes.AsMemory(at)).AsTask().WaitAsync(cancellationToken);
            if (read == 0) throw new EndOfStreamException($"Expected {count} bytes, got {Convert.ToHexString(bytes.AsSpan(0, at))}.");
            at += read;
        }

        return bytes;
    }

    /// <summary>Reads until the other end closes the connection.</summary>
    public async Task<byte[]> ReadToEndAsync(CancellationToken cancellationToken)
    {
        var all = new List<byte>();
        var chunk = new byte[4096];
        while (true)
        {
            var read = await transport.ReceiveAsync(chunk).AsTask().WaitAsync(cancellationToken);
            if (read == 0) return [.. all];
            all.AddRange(chunk.AsSpan(0, read));
        }
    }

    /// <summary>Reads one frame with its header.</summary>
    public async Task<byte[]> ReadFrameAsync(CancellationToken cancellationToken)
    {
        var header = await ReadAsync(2, cancellationToken);
        if ((header[0] & 2) == 0) return [.. header, .. await ReadAsync(header[1], cancellationToken)];
        var length = await ReadAsync(7, cancellationToken);
        var bodyBytes = (length[4] << 16) | (length[5] << 8) | length[6];
        return [.. header, .. length, .. await ReadAsync(bodyBytes, cancellationToken)];
    }

    /// <summary>Performs the handshake and returns the READY frame of the other end.</summary>
    public async Task<byte[]> ShakeHandsAsync(string socketType, CancellationToken cancellationToken, string? routingId = null, byte minor = 1)
    {
        await SendAsync(Bytes.Opening(socketType, routingId, minor));
        await ReadAsync(64, cancellationToken);
        return await ReadFrameAsync(cancellationToken);
    }

    public void Dispose() => transport.Dispose();
}
