using System.Buffers;
using System.Net.WebSockets;
using System.Text.Unicode;
using KernelGateway.Memory;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Parses the bytes of a client into messages and control frames. Does no I/O.</summary>
/// <remarks>
/// The owner reads from the stream into <see cref="GetMemory"/>, calls <see cref="Advance"/>, and takes units until there are no more.
/// A small message is returned as a slice of the receive buffer. Every other message is collected in a pooled block, into which
/// large payloads are read directly.
/// </remarks>
internal sealed class WebSocketDecoder(int maxMessageBytes, MemoryAccount? memory = null) : IDisposable
{
    private const int BufferBytes = 4096;

    // A block of up to this size is rented for the announced length. A larger one grows as bytes arrive.
    private const int TrustedBytes = 256 * 1024;
    private const int GrowthFactor = 4;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
    private int _start;
    private int _end;

    private byte[]? _message;     // the part of a message that has been collected
    private int _messageBytes;
    private WebSocketOpcode _messageOpcode;   // Continuation while no message is being collected
    private WebSocketFrameHeader _frame;      // the frame whose payload is being collected
    private bool _isInFrame;
    private long _remaining;                  // payload bytes of that frame
    private byte[]? _lentMessage; // the block of the message returned last, given back at the next call

    /// <summary>Gets the number of bytes that are missing from the current frame's payload.</summary>
    public long RemainingPayload => _remaining;

    /// <summary>Gets the received bytes that have not been parsed.</summary>
    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Returns the memory for the next read from the stream; never empty.</summary>
    public Memory<byte> GetMemory()
    {
        if (_remaining > 0)
        {
            var block = Reserve();
            return block.AsMemory(_messageBytes, (int)Math.Min(_remaining, block.Length - _messageBytes));
        }

        if (_start > 0)
        {
            Unread.CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        return _buffer.AsMemory(_end);
    }

    /// <summary>Reports how many bytes were read into the memory.</summary>
    public void Advance(int bytes)
    {
        if (_remaining > 0) Gathered(bytes);
        else _end += bytes;
    }

    /// <summary>Takes the next whole message or control frame, if it has arrived.</summary>
    /// <exception cref="WebSocketProtocolException">The client violated the protocol or a limit; nothing more can be
    /// read.</exception>
    public bool TryRead(out WebSocketUnit unit)
    {
        unit = default;
        ReturnLentMessage();
        while (true)
        {
            if (!_isInFrame)
            {
                if (!WebSocketFrameHeader.TryRead(Unread, out var header)) return false;
                Check(header);
                if (CanStayInBuffer(header)) return TryTakeSmall(header, out unit);
                Begin(header);
            }

            GatherBuffered();
            if (_remaining > 0) return false;
            _isInFrame = false;
            if (TryComplete(out unit)) return true;
        }
    }

    /// <summary>
    /// Returns the block of an unfinished message to the pool. The block of the message returned last stays valid for its reader.
    /// </summary>
    public void Dispose()
    {
        if (_message is not null) Return(_message);
        if (_lentMessage is not null) memory?.Release(_lentMessage.Length);
        _message = null;
        _lentMessage = null;
        _remaining = 0;
    }

    private static bool CanStayInBuffer(in WebSocketFrameHeader header) =>
        header.IsControl
        || (header.IsFinal && header.Opcode != WebSocketOpcode.Continuation && header.PayloadBytes <= BufferBytes - header.HeaderBytes);

    private void Check(in WebSocketFrameHeader header)
    {
        if (header.IsControl) return;
        var continues = header.Opcode == WebSocketOpcode.Continuation;
        if (continues && _messageOpcode == WebSocketOpcode.Continuation)
            throw new WebSocketProtocolException(WebSocketCloseStatus.ProtocolError, "A continuation came where a message should begin.");
        if (!continues && _messageOpcode != WebSocketOpcode.Continuation)
            throw new WebSocketProtocolException(WebSocketCloseStatus.ProtocolError, "A message began inside of another.");
        // The peer picks the length, so it is checked before a byte of the payload is waited for.
        if (header.PayloadBytes > maxMessageBytes - _messageBytes)
            throw new WebSocketProtocolException(WebSocketCloseStatus.MessageTooBig, $"A message has more than {maxMessageBytes} bytes.");
    }

    private bool TryTakeSmall(in WebSocketFrameHeader header, out WebSocketUnit unit)
    {
        unit = default;
        var payloadBytes = (int)header.PayloadBytes;
        if (_end - _start < header.HeaderBytes + payloadBytes) return false;
        var payload = _buffer.AsMemory(_start + header.HeaderBytes, payloadBytes);
        WebSocketMask.Apply(payload.Span, header.MaskingKey, offset: 0);
        _start += header.HeaderBytes + payloadBytes;
        unit = Checked(header.Opcode, payload);
        return true;
    }

    private void Begin(in WebSocketFrameHeader header)
    {
        _start += header.HeaderBytes;
        _frame = header;
        _isInFrame = true;
        _remaining = header.PayloadBytes;
        if (header.Opcode != WebSocketOpcode.Continuation) _messageOpcode = header.Opcode;
    }

    private void GatherBuffered()
    {
        while (_remaining > 0 && _start < _end)
        {
            var block = Reserve();
            var bytes = (int)Math.Min(Math.Min(_remaining, _end - _start), block.Length - _messageBytes);
            _buffer.AsSpan(_start, bytes).CopyTo(block.AsSpan(_messageBytes));
            _start += bytes;
            Gathered(bytes);
        }
    }

    private void Gathered(int bytes)
    {
        WebSocketMask.Apply(_message.AsSpan(_messageBytes, bytes), _frame.MaskingKey, _frame.PayloadBytes - _remaining);
        _messageBytes += bytes;
        _remaining -= bytes;
    }

    // A peer that announces much and sends little makes the server hold at most four times what it sent. With many small
    // fragments each byte is copied a few times at most.
    private byte[] Reserve()
    {
        if (_message is not null && _messageBytes < _message.Length) return _message;
        var trusted = Math.Max(TrustedBytes, (long)_messageBytes * GrowthFactor);
        var wanted = Math.Max(_messageBytes + _remaining, Math.Min(_messageBytes * 2L, maxMessageBytes));
        var larger = Rent((int)Math.Min(wanted, trusted));
        if (_message is not null)
        {
            _message.AsSpan(0, _messageBytes).CopyTo(larger);
            Return(_message);
        }

        return _message = larger;
    }

    private bool TryComplete(out WebSocketUnit unit)
    {
        unit = default;
        if (!_frame.IsFinal) return false;
        var opcode = _messageOpcode;
        var payload = _message.AsMemory(0, _messageBytes);
        _lentMessage = _message;
        _message = null;
        _messageBytes = 0;
        _messageOpcode = WebSocketOpcode.Continuation;
        unit = Checked(opcode, payload);
        return true;
    }

    private static WebSocketUnit Checked(WebSocketOpcode opcode, ReadOnlyMemory<byte> payload) =>
        opcode != WebSocketOpcode.Text || Utf8.IsValid(payload.Span)
            ? new WebSocketUnit(opcode, payload)
            : throw new WebSocketProtocolException(WebSocketCloseStatus.InvalidPayloadData, "A text message is not UTF-8.");

    private void ReturnLentMessage()
    {
        if (_lentMessage is null) return;
        Return(_lentMessage);
        _lentMessage = null;
    }

    private byte[] Rent(int bytes)
    {
        var block = ArrayPool<byte>.Shared.Rent(bytes);
        if (memory is null || memory.TryReserve(block.Length)) return block;
        ArrayPool<byte>.Shared.Return(block);
        throw new WebSocketProtocolException(WebSocketCloseStatus.MessageTooBig, $"There is no memory for a message of {_messageBytes + _remaining} bytes at this moment.");
    }

    private void Return(byte[] block)
    {
        ArrayPool<byte>.Shared.Return(block);
        memory?.Release(block.Length);
    }
}

/// <summary>A whole message, its fragments joined, or a control frame.</summary>
/// <param name="Opcode">The opcode; never Continuation.</param>
/// <param name="Payload">The unmasked payload; valid until the decoder is used again.</param>
internal readonly record struct WebSocketUnit(WebSocketOpcode Opcode, ReadOnlyMemory<byte> Payload);
