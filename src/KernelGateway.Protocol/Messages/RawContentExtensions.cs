using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages;

/// <summary>Short forms for reading single fields out of a message's content.</summary>
internal static class RawContentExtensions
{
    /// <summary>Gives a field's value; a value of no kind when it is absent.</summary>
    public static RawJson Field(this ReadOnlyMemory<byte> content, ReadOnlySpan<byte> name) =>
        ContentReader.TryGetProperty(content, name, out var value) ? value : default;

    /// <summary>Returns whether a message is a status with an execution state, given with its quotes.</summary>
    public static bool IsStatus(this JupyterMessage message, ReadOnlySpan<byte> quotedState) =>
        message.MessageType == MessageTypes.Status && message.RawContent.Field("execution_state"u8).Is(quotedState);

    /// <summary>Returns whether a value is a string, given with its quotes.</summary>
    public static bool Is(this RawJson value, ReadOnlySpan<byte> quoted) => value.Bytes.Span.SequenceEqual(quoted);
}
