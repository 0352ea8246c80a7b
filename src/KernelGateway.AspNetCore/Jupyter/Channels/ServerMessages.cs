using System.Globalization;
using System.Text;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Messages.Shell;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>Creates the messages that the gateway sends in place of a kernel.</summary>
/// <remarks>
/// They carry the session of the kernel's own messages: JupyterLab treats another session as another kernel and stops handling
/// earlier messages.
/// </remarks>
internal static class ServerMessages
{
    private const string Username = "kernel-gateway";

    private static readonly byte[] Nothing = "{}"u8.ToArray();

    /// <summary>
    /// Creates a status about the life of the kernel: <c>restarting</c>, <c>dead</c>, <c>starting</c>, <c>idle</c>.
    /// </summary>
    public static JupyterMessage Status(ExecutionState state, string kernelSession, TimeProvider time, JupyterMessage? parent = null) =>
        Create(MessageTypes.Status, new JObject { ["execution_state"] = state.ToString().ToLowerInvariant() }, kernelSession, time, parent);

    /// <summary>Creates a status for a request whose parent header is given as its original bytes.</summary>
    public static JupyterMessage Status(ExecutionState state, string kernelSession, TimeProvider time, ReadOnlyMemory<byte> rawParentHeader) =>
        CreateRaw(
            MessageTypes.Status, new JObject { ["execution_state"] = state.ToString().ToLowerInvariant() }, kernelSession, time, rawParentHeader);

    /// <summary>Creates an error for code that was stopped, or not run, by something else than itself.</summary>
    public static JupyterMessage Error(string name, string value, string kernelSession, TimeProvider time, JupyterMessage parent) =>
        Create(MessageTypes.Error, ErrorContent(name, value), kernelSession, time, parent);

    /// <summary>Creates the error reply of a request that the kernel will not answer.</summary>
    public static JupyterMessage ErrorReply(string name, string value, string kernelSession, TimeProvider time, JupyterMessage request)
    {
        var content = ErrorContent(name, value);
        content.AddFirst(new JProperty("status", "error"));
        if (request.MessageType == MessageTypes.ExecuteRequest) content["execution_count"] = 0;
        return Create(request.MessageType.Replace("_request", "_reply", StringComparison.Ordinal), content, kernelSession, time, request);
    }

    /// <summary>Creates the notice for code that was answered by a kernel that died before its idle status was received.</summary>
    public static JupyterMessage OutputMissing(string reason, string kernelSession, TimeProvider time, JupyterMessage parent) => Notice(
        $"Output of this code may be missing. The kernel had answered, but ended before its output was received completely: {reason}",
        kernelSession,
        time,
        parent.RawHeader);

    /// <summary>Creates the notice about dropped output, in the place of the output.</summary>
    public static JupyterMessage Gap(QueuedMessage gap, string kernelSession, TimeProvider time) => Notice(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{gap.DroppedMessages} messages of output ({gap.DroppedBytes} bytes) were dropped here: the memory for what this client had not read was full."),
        kernelSession,
        time,
        gap.Message.RawParentHeader);

    /// <summary>Creates the notice for a client that was removed while it was disconnected.</summary>
    public static JupyterMessage Removed(LostMessages lost, int maxClients, string kernelSession, TimeProvider time) => Notice(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{lost.Messages} messages ({lost.Bytes} bytes) and all later ones were dropped here, and {lost.Requests} requests get no answer. "
            + $"More than {maxClients} clients of this kernel were disconnected, and this client for the longest time."),
        kernelSession,
        time,
        Nothing);

    /// <summary>Creates the substitute of a dropped reply, so that the client does not wait for it.</summary>
    public static JupyterMessage DroppedReply(QueuedMessage reply, string kernelSession, TimeProvider time) => ErrorReply(
        reply.Message,
        "ReplyDropped",
        string.Create(
            CultureInfo.InvariantCulture,
            $"The reply ({reply.Size} bytes) was dropped: the memory for what this client had not read was full."),
        kernelSession,
        time);

    /// <summary>
    /// Creates the substitute of a message that the client could not parse: an error for a reply, else a line on stderr.
    /// </summary>
    public static JupyterMessage Unreadable(JupyterMessage message, KernelChannel channel, string kernelSession, TimeProvider time)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"A message of type {message.MessageType} ({MessageSize.Measure(message)} bytes) was dropped: it is not JSON, or is nested deeper than 512 levels.");
        return channel != KernelChannel.IOPub && message.MessageType.EndsWith("_reply", StringComparison.Ordinal)
            ? ErrorReply(message, "UnreadableReply", text, kernelSession, time)
            : Notice(text, kernelSession, time, message.RawParentHeader);
    }

    /// <summary>Returns a message with the parent header of another message and nothing else.</summary>
    public static JupyterMessage ParentOnly(JupyterMessage message)
    {
        JupyterMessage.TryCreateRaw(
            """{"msg_type":"stream","msg_id":""}"""u8.ToArray(), message.RawParentHeader.ToArray(), Nothing, Nothing, [], out var parentOnly, out _);
        return parentOnly!;
    }

    /// <summary>Returns a message with the header of a request and nothing else.</summary>
    public static JupyterMessage HeaderOnly(JupyterMessage message)
    {
        JupyterMessage.TryCreateRaw(message.RawHeader.ToArray(), Nothing, Nothing, Nothing, [], out var headerOnly, out _);
        return headerOnly!.Detach();
    }

    private static JupyterMessage ErrorReply(JupyterMessage reply, string name, string value, string kernelSession, TimeProvider time)
    {
        var content = ErrorContent(name, value);
        content.AddFirst(new JProperty("status", "error"));
        if (reply.MessageType == MessageTypes.ExecuteReply) content["execution_count"] = 0;
        return CreateRaw(reply.MessageType, content, kernelSession, time, reply.RawParentHeader);
    }

    private static JupyterMessage Notice(string text, string kernelSession, TimeProvider time, ReadOnlyMemory<byte> rawParentHeader) => CreateRaw(
        MessageTypes.Stream, new JObject { ["name"] = "stderr", ["text"] = $"[kernel-gateway] {text}\n" }, kernelSession, time, rawParentHeader);

    private static JObject ErrorContent(string name, string value) => new()
    {
        ["ename"] = name,
        ["evalue"] = value,
        ["traceback"] = new JArray($"{name}: {value}"),
    };

    private static JupyterMessage Create(string type, JObject content, string kernelSession, TimeProvider time, JupyterMessage? parent) =>
        CreateRaw(type, content, kernelSession, time, parent?.RawHeader ?? Nothing);

    private static JupyterMessage CreateRaw(
        string type, JObject content, string kernelSession, TimeProvider time, ReadOnlyMemory<byte> rawParentHeader)
    {
        // The kernel numbers the messages of this session, so the ids must not collide with its own.
        var header = new MessageFactory(kernelSession, Username, time).CreateHeader(type) with { MessageId = Guid.NewGuid().ToString("N") };
        var rawContent = Encoding.UTF8.GetBytes(content.ToString(Formatting.None));
        JupyterMessage.TryCreateRaw(header.ToUtf8(), rawParentHeader, Nothing, rawContent, [], out var message, out _);
        return message!.Detach();
    }
}
