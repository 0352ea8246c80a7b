using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;
using KernelGateway.AspNetCore.Requests;

namespace KernelGateway.AspNetCore.Envd.Connect;

/// <summary>Writes the envelopes of an answer. Not thread-safe.</summary>
internal sealed class EnvelopeWriter(PipeWriter output, ConnectCodec codec)
{
    private const int HeaderBytes = 5;
    private const byte EndFlag = 2;

    // Enough for one large write to the socket, and small enough for a client that has stopped reading.
    private const int FlushBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _message = new();
    private int _unflushed;

    /// <summary>Gets a value indicating whether enough is written to be sent.</summary>
    public bool IsFull => _unflushed >= FlushBytes;

    public void Write(IMessage message)
    {
        _message.ResetWrittenCount();
        codec.Write(message, _message);
        WriteEnvelope(0, _message.WrittenSpan);
    }

    /// <summary>Writes the end of the stream, which is JSON with every codec.</summary>
    public void WriteEnd(ConnectException? error) =>
        WriteEnvelope(EndFlag, error is null ? "{}"u8 : ConnectError.Encode(error, isEnd: true));

    /// <exception cref="ClientGoneException">The client does not read any more.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_unflushed == 0) return;
        _unflushed = 0;
        var result = await output.FlushAsync(cancellationToken);
        if (result.IsCompleted || result.IsCanceled) throw new ClientGoneException();
    }

    private void WriteEnvelope(byte flags, ReadOnlySpan<byte> message)
    {
        var header = output.GetSpan(HeaderBytes);
        header[0] = flags;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], message.Length);
        output.Advance(HeaderBytes);
        output.Write(message);
        _unflushed += HeaderBytes + message.Length;
    }
}
