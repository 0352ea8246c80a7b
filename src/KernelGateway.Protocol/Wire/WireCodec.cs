using System.Diagnostics.CodeAnalysis;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Protocol.Wire;

/// <summary>Turns messages into ZeroMQ frames and back.</summary>
/// <remarks>
/// Jupyter messaging 5.x, The Wire Protocol:
/// <code>
/// | routing prefix: 0..n | &lt;IDS|MSG&gt; | signature | header | parent header | metadata | content | buffers: 0..n |
/// </code>
/// May be used by several threads at once. Signatures are not remembered, so a repeated message is accepted: several kernels
/// repeat messages legitimately.
/// </remarks>
public sealed class WireCodec
{
    private const int SignedFrames = 4;

    // Delimiter, signature and the four signed parts.
    private const int FixedFrames = 2 + SignedFrames;

    private static readonly ReadOnlyMemory<byte> DelimiterFrame = "<IDS|MSG>"u8.ToArray();

    private readonly MessageSigner _signer;

    /// <summary>Makes a codec for one connection's key.</summary>
    /// <param name="signer">Signs and verifies the messages.</param>
    public WireCodec(MessageSigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        _signer = signer;
    }

    /// <summary>Gets the frame between routing prefix and signature.</summary>
    public static ReadOnlySpan<byte> Delimiter => DelimiterFrame.Span;

    /// <summary>Signs a message and lays out its frames.</summary>
    /// <param name="message">
    /// The message; its bytes are sent as they are and must stay unchanged until the transport is done with them.
    /// </param>
    /// <param name="routingPrefix">
    /// Frames to go before the delimiter: routing ids at a ROUTER, a topic at a PUB, none at a DEALER.
    /// </param>
    /// <returns>The frames.</returns>
    public IReadOnlyList<ReadOnlyMemory<byte>> Encode(
        JupyterMessage message, IReadOnlyList<ReadOnlyMemory<byte>>? routingPrefix = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        var prefixFrames = routingPrefix?.Count ?? 0;
        var frames = new ReadOnlyMemory<byte>[prefixFrames + FixedFrames + message.Buffers.Count];
        for (var i = 0; i < prefixFrames; i++) frames[i] = routingPrefix![i];
        var next = prefixFrames;
        frames[next++] = DelimiterFrame;
        frames[next++] = _signer.Sign(message.RawHeader, message.RawParentHeader, message.RawMetadata, message.RawContent);
        frames[next++] = message.RawHeader;
        frames[next++] = message.RawParentHeader;
        frames[next++] = message.RawMetadata;
        frames[next++] = message.RawContent;
        for (var i = 0; i < message.Buffers.Count; i++) frames[next++] = message.Buffers[i];
        return frames;
    }

    /// <summary>Reads a message from the frames of one multipart message.</summary>
    /// <param name="frames">All frames as received; the message borrows them.</param>
    /// <param name="message">The message; null when it has to be dropped.</param>
    /// <param name="prefixFrames">How many of the first frames are routing prefix; zero when there is no delimiter.</param>
    /// <param name="reason">Why the message has to be dropped.</param>
    /// <returns>Whether the frames are a message that may be trusted as far as its signature goes.</returns>
    /// <remarks>
    /// The delimiter is found by its content and not by its position: kernels send zero or one topic frames on the same iopub
    /// socket.
    /// </remarks>
    public bool TryDecode(
        IReadOnlyList<ReadOnlyMemory<byte>> frames, [NotNullWhen(true)] out JupyterMessage? message, out int prefixFrames,
        out MessageDropReason reason)
    {
        ArgumentNullException.ThrowIfNull(frames);
        message = null;
        prefixFrames = 0;
        var delimiter = FindDelimiter(frames);
        if (delimiter < 0)
        {
            reason = MessageDropReason.MissingDelimiter;
            return false;
        }
        prefixFrames = delimiter;
        if (frames.Count - delimiter < FixedFrames)
        {
            reason = MessageDropReason.TooFewFrames;
            return false;
        }

        var signature = frames[delimiter + 1];
        var header = frames[delimiter + 2];
        var parentHeader = frames[delimiter + 3];
        var metadata = frames[delimiter + 4];
        var content = frames[delimiter + 5];
        if (!_signer.Verify(signature.Span, header, parentHeader, metadata, content))
        {
            reason = signature.IsEmpty ? MessageDropReason.MissingSignature : MessageDropReason.BadSignature;
            return false;
        }
        return JupyterMessage.TryCreateRaw(
            header, parentHeader, metadata, content, CutBuffers(frames, delimiter + FixedFrames), out message, out reason);
    }

    private static int FindDelimiter(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        for (var i = 0; i < frames.Count; i++)
        {
            if (frames[i].Span.SequenceEqual(Delimiter)) return i;
        }
        return -1;
    }

    private static ReadOnlyMemory<byte>[] CutBuffers(IReadOnlyList<ReadOnlyMemory<byte>> frames, int first)
    {
        if (first == frames.Count) return [];
        var buffers = new ReadOnlyMemory<byte>[frames.Count - first];
        for (var i = 0; i < buffers.Length; i++) buffers[i] = frames[first + i];
        return buffers;
    }
}
