namespace KernelGateway.Protocol.WebSockets;

/// <summary>The reason why a frame of a WebSocket client was not accepted as a message. The connection keeps working.</summary>
public enum WebSocketDropReason
{
    /// <summary>The message was accepted.</summary>
    None,

    /// <summary>A text frame arrived, but the protocol has binary frames only.</summary>
    UnexpectedText,

    /// <summary>The offsets of a binary frame are too many, do not ascend or lie outside of it.</summary>
    BadOffsets,

    /// <summary>The envelope is not one JSON object.</summary>
    UnreadableEnvelope,

    /// <summary>There is no channel of that name.</summary>
    UnknownChannel,

    /// <summary>The channel exists, but clients only listen to it: iopub and heartbeat.</summary>
    ReadOnlyChannel,

    /// <summary>The header is missing or is not a JSON object.</summary>
    UnreadableHeader,

    /// <summary>The header has no <c>msg_type</c>.</summary>
    MissingMessageType,

    /// <summary>The parent header is not a JSON object.</summary>
    UnreadableParentHeader,
}
