using System.Buffers.Binary;

namespace KernelGateway.Client.Connect;

/// <summary>One envelope of a stream.</summary>
/// <param name="IsEnd">Whether it is the last one, which says how the stream has ended.</param>
/// <param name="Payload">Its JSON.</param>
internal readonly record struct Envelope(bool IsEnd, byte[] Payload);

/// <summary>Reads the envelopes of a streamed answer.</summary>
/// <remarks>
/// Connect protocol, Streaming RPCs: <c>| flags (1) | length (4, big-endian) | payload |</c>; flag 1 is a compressed payload, which is not
/// asked for, flag 2 the end of the stream.
/// </remarks>
internal sealed class EnvelopeReader(Stream body)
{
    /// <summary>The largest payload that is read. Output comes in chunks of 32 KiB.</summary>
    public const int MaxBytes = 64 << 20;

    private const int HeaderBytes = 5;
    private const byte CompressedFlag = 1;
    private const byte EndFlag = 2;

    private readonly byte[] _header = new byte[HeaderBytes];

    /// <summary>Returns an envelope with one message.</summary>
    public static byte[] Wrap(ReadOnlySpan<byte> payload)
    {
        var envelope = new byte[HeaderBytes + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(envelope.AsSpan(1), payload.Length);
        payload.CopyTo(envelope.AsSpan(HeaderBytes));
        return envelope;
    }

    /// <summary>Reads the next one.</summary>
    /// <exception cref="EndOfStreamException">The body ended where an envelope begins or within one.</exception>
    /// <exception cref="InvalidDataException">The body does not consist of envelopes, or one is too large.</exception>
    public async ValueTask<Envelope> ReadAsync(CancellationToken cancellationToken)
    {
        await body.ReadExactlyAsync(_header, cancellationToken).ConfigureAwait(false);
        var flags = _header[0];
        var length = BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(1));
        if (flags is not 0 and not EndFlag)
        {
            throw new InvalidDataException(flags == CompressedFlag
                ? "The stream has a compressed message, which was not asked for."
                : $"The stream has an envelope with the flags 0x{flags:x2}, which are not known.");
        }

        if (length > MaxBytes) throw new InvalidDataException($"The stream has a message of {length} bytes; the limit is {MaxBytes} bytes.");
        var payload = new byte[length];
        await body.ReadExactlyAsync(payload, cancellationToken).ConfigureAwait(false);
        return new Envelope(flags == EndFlag, payload);
    }
}
