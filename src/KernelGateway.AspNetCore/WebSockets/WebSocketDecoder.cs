using System.Buffers;
using System.Net.WebSockets;
using System.Text.Unicode;
using KernelGateway.Memory;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Turns the octets of a client into messages and control frames. Does no I/O.</summary>
/// <remarks>
/// The owner reads from the stream into <see cref="GetMemory"/>, calls <see cref="Advance"/>, and takes units until there are no more.
/// A small message is handed out where it lies in the receive buffer; everything else is gathered in a pooled block, into which large
/// payloads are read directly.
/// </remarks>
internal sealed class WebSocketDecoder(int maxMessageBytes, MemoryAccount? memory = null) : IDisposable
{
    private const int BufferBytes = 4096;

    // Blocks up to this size are taken on the announced length alone; beyond it they grow as octets arrive.
    private const int TrustedBytes = 256 * 1024;
    private const int GrowthFactor = 4;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
    private int _start;
    private int _end;

    private byte[]? _message;     // what has been gathered of a message
    private int _messageBytes;
    private WebSocketOpcode _messageOpcode;   // a continuation while no message is being gathered
    private WebSocketFrameHeader _frame;      // the frame whose payload is being gathered
    private bool _isInFrame;
    private long _remaining;                  // of its payload
    private byte[]? _lentMessage; // a gathered message handed out, returned at the next call

    /// <summary>Gets how many octets of the current frame's payload have yet to come.</summary>
    public long RemainingPayload => _remaining;

    /// <summary>Gets the octets that have come and belong to no unit yet.</summary>
    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Gets the memory the next octets of the stream are to be read into; never empty.</summary>
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

    /// <summary>Says how many octets were read into the memory.</summary>
    public void Advance(int octets)
    {
        if (_remaining > 0) Gathered(octets);
        else _end += octets;
    }

    /// <summary>Takes the next whole message or control frame, if it has arrived.</summary>
    /// <exception cref="WebSocketProtocolException">The client broke the protocol or a limit; nothing more can be read.</exception>
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

    /// <summary>Gives back what an unfinished message holds. A message that was handed out is left to whoever may still read it.</summary>
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
        // The peer picks the length, so it is judged before an octet of the payload is waited for.
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
            var octets = (int)Math.Min(Math.Min(_remaining, _end - _start), block.Length - _messageBytes);
            _buffer.AsSpan(_start, octets).CopyTo(block.AsSpan(_messageBytes));
            _start += octets;
            Gathered(octets);
        }
    }

    private void Gathered(int octets)
    {
        WebSocketMask.Apply(_message.AsSpan(_messageBytes, octets), _frame.MaskingKey, _frame.PayloadBytes - _remaining);
        _messageBytes += octets;
        _remaining -= octets;
    }

    // A peer that announces much and sends little makes us hold at most four times what it sent; one that sends many small fragments
    // makes us copy each octet a few times at most.
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
