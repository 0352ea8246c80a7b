using System.Buffers.Binary;
using System.Text;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Tests.Envd;

/// <summary>The envelopes of an answer, one at a time.</summary>
internal sealed class EnvelopeStream(HttpResponseMessage response, Stream body) : IDisposable
{
    public const string JsonType = "application/connect+json";
    public const byte EndFlag = 2;

    private const int HeaderBytes = 5;

    public HttpResponseMessage Response => response;

    public static byte[] Envelope(byte flags, ReadOnlySpan<byte> message)
    {
        var envelope = new byte[HeaderBytes + message.Length];
        envelope[0] = flags;
        BinaryPrimitives.WriteInt32BigEndian(envelope.AsSpan(1), message.Length);
        message.CopyTo(envelope.AsSpan(HeaderBytes));
        return envelope;
    }

    /// <summary>Reads the next envelope.</summary>
    public async Task<(byte Flags, byte[] Message)> ReadRawAsync(CancellationToken cancellationToken)
    {
        var header = new byte[HeaderBytes];
        await body.ReadExactlyAsync(header, cancellationToken);
        var message = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1))];
        await body.ReadExactlyAsync(message, cancellationToken);
        return (header[0], message);
    }

    /// <summary>Reads the next message, which is not the end.</summary>
    public async Task<JObject> ReadAsync(CancellationToken cancellationToken)
    {
        var (flags, message) = await ReadRawAsync(cancellationToken);
        var text = Encoding.UTF8.GetString(message);
        return flags == 0 ? (JObject)HttpCalls.Parse(text) : throw new EndOfStreamException($"The stream ended: {text}");
    }

    /// <summary>Reads the end, after which nothing follows, and gives its error; null when there is none.</summary>
    public async Task<JObject?> ReadEndAsync(CancellationToken cancellationToken)
    {
        var (flags, message) = await ReadRawAsync(cancellationToken);
        if (flags != EndFlag) throw new InvalidDataException($"Not the end: {Encoding.UTF8.GetString(message)}");
        if (await body.ReadAsync(new byte[1], cancellationToken) != 0) throw new InvalidDataException("Something follows the end.");
        return (JObject?)HttpCalls.Parse(Encoding.UTF8.GetString(message))["error"];
    }

    public void Dispose() => response.Dispose();
}
