using System.Buffers.Binary;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace KernelGateway.Server.Remote;

/// <summary>Calls methods of a gateway by the Connect protocol, in the binary format of protocol buffers.</summary>
internal sealed class ConnectClient(RemoteGateway gateway)
{
    private const string UnaryType = "application/proto";
    private const string StreamType = "application/connect+proto";
    private const int HeaderBytes = 5;
    private const byte EndFlag = 2;

    // More than the gateway sends; a wrong length must not become an allocation.
    private const int MaxMessageBytes = 16 * 1024 * 1024;

    // The gateway is asked to send something at least in the first interval. After the second one the connection is lost.
    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(90);

    /// <summary>Calls a method with one answer.</summary>
    /// <exception cref="RemoteException">It failed.</exception>
    public async Task<T> CallAsync<T>(string method, IMessage request, CancellationToken cancellationToken)
        where T : IMessage<T>, new()
    {
        using var response = await PostAsync(method, request.ToByteArray(), UnaryType, cancellationToken);
        try
        {
            return new MessageParser<T>(() => new T()).ParseFrom(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw gateway.Unreachable(exception);
        }
    }

    /// <summary>Calls a method with a stream of answers.</summary>
    /// <exception cref="RemoteException">It failed, or the stream broke.</exception>
    public async IAsyncEnumerable<T> StreamAsync<T>(
        string method, IMessage request, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : IMessage<T>, new()
    {
        var body = new byte[HeaderBytes + request.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), body.Length - HeaderBytes);
        request.WriteTo(body.AsSpan(HeaderBytes));
        using var response = await PostAsync(method, body, StreamType, cancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var parser = new MessageParser<T>(() => new T());
        var header = new byte[HeaderBytes];
        while (true)
        {
            // | flags: 1 byte | length: 4 bytes, big-endian | message |
            await FillAsync(stream, header, cancellationToken);
            var length = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1));
            if (length is < 0 or > MaxMessageBytes)
            {
                throw new RemoteException(
                    RemoteProblem.Other, $"The server at {gateway.Address} does not speak the Connect protocol.");
            }

            var message = new byte[length];
            await FillAsync(stream, message, cancellationToken);
            if ((header[0] & EndFlag) == 0)
            {
                yield return parser.ParseFrom(message);
                continue;
            }

            if (RemoteErrors.ReadEnd(gateway, message) is { } error) throw error;
            yield break;
        }
    }

    private async Task<HttpResponseMessage> PostAsync(
        string method, byte[] body, string type, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, method) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        request.Headers.TryAddWithoutValidation("Keepalive-Ping-Interval", $"{KeepAliveInterval.TotalSeconds:0}");
        var response = await gateway.SendAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType == type) return response;
        using (response)
        {
            if (!response.IsSuccessStatusCode) throw await RemoteErrors.ReadAsync(gateway, response, cancellationToken);
            throw new RemoteException(RemoteProblem.Other, $"The server at {gateway.Address} is not a gateway.");
        }
    }

    private async Task FillAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var filling = stream.ReadExactlyAsync(buffer, cancellationToken);
            if (filling.IsCompletedSuccessfully) return;
            await filling.AsTask().WaitAsync(LongestSilence, TimeProvider.System, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or TimeoutException)
        {
            throw gateway.Unreachable(exception);
        }
    }
}
