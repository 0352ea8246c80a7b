namespace KernelGateway.Protocol.Messages;

/// <summary>The reason why received frames were not accepted as a message. The connection keeps working.</summary>
public enum MessageDropReason
{
    /// <summary>The message was accepted.</summary>
    None,

    /// <summary>No frame is the delimiter <c>&lt;IDS|MSG&gt;</c>.</summary>
    MissingDelimiter,

    /// <summary>Fewer than five frames follow the delimiter.</summary>
    TooFewFrames,

    /// <summary>The signature frame is empty although there is a key.</summary>
    MissingSignature,

    /// <summary>The signature is not the hexadecimal digest of the four parts under the key.</summary>
    BadSignature,

    /// <summary>The header is not a JSON object.</summary>
    UnreadableHeader,

    /// <summary>The header has no <c>msg_type</c>.</summary>
    MissingMessageType,

    /// <summary>The parent header is not a JSON object.</summary>
    UnreadableParentHeader,
}
