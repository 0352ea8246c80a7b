using System.Buffers.Binary;
using System.IO.Compression;
using KernelGateway.AspNetCore.Requests;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Envd.Connect;

/// <summary>Reads the messages of one request: its body, or the envelopes in it.</summary>
/// <remarks>
/// Connect protocol, Enveloped-Message. The flags are bit 0 for a compressed message and bit 1 for the end of a stream, which only
/// servers send.
/// <code>
/// | flags: 1 byte | length: 4 bytes, big-endian | message |
/// </code>
/// </remarks>
internal sealed class RequestMessages : IDisposable
{
    private const int HeaderBytes = 5;
    private const byte CompressedFlag = 1;
    private const string Gzip = "gzip";
    private const string Identity = "identity";

    private readonly HttpRequest _request;
    private readonly int _maxBytes;
    private readonly BodyMemory _memory;
    private readonly MessageBuffer _header;
    private readonly MessageBuffer _message;
    private readonly MessageBuffer _unpacked;
    private readonly bool _isPacked;

    /// <summary>Creates the reader.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isStream">Whether the body consists of envelopes.</param>
    /// <param name="maxBytes">The longest message.</param>
    /// <param name="memory">Its memory; owned.</param>
    /// <exception cref="ConnectException">The compression is unknown.</exception>
    public RequestMessages(HttpRequest request, bool isStream, int maxBytes, BodyMemory memory)
    {
        _request = request;
        _maxBytes = maxBytes;
        _memory = memory;
        _header = new MessageBuffer(memory);
        _message = new MessageBuffer(memory);
        _unpacked = new MessageBuffer(memory);
        var encoding = (isStream ? request.Headers["Connect-Content-Encoding"] : request.Headers.ContentEncoding).ToString();
        _isPacked = encoding.Equals(Gzip, StringComparison.OrdinalIgnoreCase);
        if (!_isPacked && encoding.Length > 0 && !encoding.Equals(Identity, StringComparison.OrdinalIgnoreCase))
        {
            throw new ConnectException(
                ConnectCode.Unimplemented, $"unknown compression \"{encoding}\": supported encodings are {Gzip}");
        }
    }

    /// <summary>Reads the body of a unary request.</summary>
    /// <exception cref="ConnectException">It is too long or malformed.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadBodyAsync(CancellationToken cancellationToken)
    {
        _message.Clear();
        if (_isPacked) await UnpackAsync(_request.Body, _message, cancellationToken);
        else await FillAsync(_message, _maxBytes + 1, cancellationToken);
        CheckLength(_message.Written.Length);
        return _message.Written;
    }

    /// <summary>Reads the next envelope; null when there is none.</summary>
    /// <returns>The message, which is valid until the next call.</returns>
    /// <exception cref="ConnectException">It is too long or malformed.</exception>
    public async Task<ReadOnlyMemory<byte>?> ReadEnvelopeAsync(CancellationToken cancellationToken)
    {
        _header.Clear();
        await FillAsync(_header, HeaderBytes, cancellationToken);
        if (_header.Written.Length == 0) return null;
        if (_header.Written.Length < HeaderBytes) throw Malformed("incomplete envelope: the request ended within its header");
        var flags = _header.Written.Span[0];
        var length = BinaryPrimitives.ReadUInt32BigEndian(_header.Written.Span[1..]);

        // The peer picks these, so they are judged before a byte of the message is waited for.
        if ((flags & ~CompressedFlag) != 0) throw Malformed($"invalid envelope flags {flags:b8}");
        CheckLength(length);
        var isPacked = (flags & CompressedFlag) != 0;
        if (isPacked && !_isPacked)
            throw new ConnectException(ConnectCode.Internal, "protocol error: sent compressed message without compression support");

        _message.Clear();
        await FillAsync(_message, (int)length, cancellationToken);
        if (_message.Written.Length < length)
        {
            throw Malformed(
                $"incomplete envelope: promised {length} bytes in enveloped message, got {_message.Written.Length} bytes");
        }

        if (!isPacked) return _message.Written;
        using var packed = new MemoryStream(_message.Written.ToArray(), writable: false);
        _unpacked.Clear();
        await UnpackAsync(packed, _unpacked, cancellationToken);
        CheckLength(_unpacked.Written.Length);
        return _unpacked.Written;
    }

    public void Dispose()
    {
        _header.Dispose();
        _message.Dispose();
        _unpacked.Dispose();
        _memory.Dispose();
    }

    private async Task UnpackAsync(Stream packed, MessageBuffer target, CancellationToken cancellationToken)
    {
        await using var unpacked = new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true);
        try
        {
            await FillAsync(target, _maxBytes + 1, cancellationToken, unpacked);
        }
        catch (InvalidDataException exception)
        {
            throw new ConnectException(ConnectCode.InvalidArgument, "the message is not gzip", exception);
        }
    }

    private async ValueTask FillAsync(MessageBuffer target, int wanted, CancellationToken cancellationToken, Stream? source = null)
    {
        try
        {
            await target.FillAsync(source ?? _request.Body, wanted, cancellationToken);
        }
        catch (BodyMemoryException exception)
        {
            throw new ConnectException(ConnectCode.ResourceExhausted, exception.Message, exception);
        }
    }

    private void CheckLength(long length)
    {
        if (length <= _maxBytes) return;
        throw new ConnectException(
            ConnectCode.ResourceExhausted, $"message size {length} is larger than configured max {_maxBytes}");
    }

    private static ConnectException Malformed(string problem) => new(ConnectCode.InvalidArgument, $"protocol error: {problem}");
}
