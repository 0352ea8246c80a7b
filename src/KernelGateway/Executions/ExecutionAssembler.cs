using System.Globalization;
using System.Text;
using System.Text.Json;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Executions;

/// <summary>
/// Maps a kernel's message to an event of the execution that it answers, and to the bytes of the event's payload.
/// </summary>
/// <remarks>Pure: no state, no I/O; the bytes of the answer are slices of the message. Jupyter messaging 5.x, Messages on the IOPub channel.</remarks>
internal static class ExecutionAssembler
{
    /// <summary>
    /// Maps a message to an event; false for messages that are not an event of an execution (status, comms, replies).
    /// </summary>
    /// <exception cref="MessageFormatException">It would be an event, but its content is not JSON.</exception>
    /// <remarks>Accepted content is copied into lines of JSON, so it is checked completely, escapes included.</remarks>
    public static bool TryMap(KernelChannel channel, JupyterMessage message, out ExecutionEventKind kind, out ReadOnlyMemory<byte> payload)
    {
        payload = message.RawContent;
        try
        {
            kind = Map(channel, message, ref payload);
        }
        catch (JsonException exception)
        {
            throw Unreadable(message, exception);
        }

        return kind != default;
    }

    /// <summary>
    /// Copies the content of an error reply, which replaces the error message if the kernel does not publish one.
    /// </summary>
    /// <exception cref="MessageFormatException">It is not JSON.</exception>
    public static byte[] CopyChecked(JupyterMessage message)
    {
        try
        {
            JsonCheck.Value(message.RawContent.Span);
        }
        catch (JsonException exception)
        {
            throw Unreadable(message, exception);
        }

        return message.RawContent.ToArray();
    }

    private static ExecutionEventKind Map(KernelChannel channel, JupyterMessage message, ref ReadOnlyMemory<byte> payload)
    {
        var kind = (channel, message.MessageType) switch
        {
            (KernelChannel.IOPub, MessageTypes.Stream) => MapStream(message, ref payload),
            (KernelChannel.IOPub, MessageTypes.ExecuteResult) => ExecutionEventKind.Result,
            (KernelChannel.IOPub, MessageTypes.DisplayData) => ExecutionEventKind.Display,
            (KernelChannel.IOPub, MessageTypes.UpdateDisplayData) => ExecutionEventKind.ResultUpdate,
            (KernelChannel.IOPub, MessageTypes.ClearOutput) => ExecutionEventKind.ClearOutput,
            (KernelChannel.IOPub, MessageTypes.Error) => ExecutionEventKind.Error,
            (KernelChannel.IOPub, MessageTypes.ExecuteInput) => MapStarted(message, ref payload),
            (KernelChannel.Stdin, MessageTypes.InputRequest) => ExecutionEventKind.InputRequest,
            _ => default,
        };

        // Of a stream only the text is kept, which has been checked; of a start nothing is kept.
        if (kind is not (default(ExecutionEventKind) or ExecutionEventKind.Stdout or ExecutionEventKind.Stderr or ExecutionEventKind.Started))
            JsonCheck.Value(message.RawContent.Span);
        return kind;
    }

    private static ExecutionEventKind MapStream(JupyterMessage message, ref ReadOnlyMemory<byte> payload)
    {
        var isStderr = false;
        RawJson text = default;
        foreach (var property in new RawJson(message.RawContent).EnumerateObject())
        {
            if (property.NameEquals("text"u8)) text = property.Value;
            else if (property.NameEquals("name"u8)) isStderr = property.Value.Is("\"stderr\""u8);
        }

        if (text.Kind != JsonValueKind.String) return default;
        JsonCheck.Escapes(text.Bytes.Span);
        payload = text.Bytes;
        return isStderr ? ExecutionEventKind.Stderr : ExecutionEventKind.Stdout;
    }

    // The message repeats the code, which may be large and is already known: only the number is kept.
    private static ExecutionEventKind MapStarted(JupyterMessage message, ref ReadOnlyMemory<byte> payload)
    {
        var count = message.RawContent.Field("execution_count"u8).AsInt32();
        payload = Encoding.UTF8.GetBytes($$"""{"execution_count":{{count?.ToString(CultureInfo.InvariantCulture) ?? "null"}}}""");
        return ExecutionEventKind.Started;
    }

    private static MessageFormatException Unreadable(JupyterMessage message, JsonException exception) =>
        new($"The {message.RawContent.Length} bytes of content of a {message.MessageType} are not JSON.", exception);
}
