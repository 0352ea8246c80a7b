using System.Text.Json;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages.Control;

/// <summary>Asks the kernel to interrupt the running code.</summary>
/// <remarks>Jupyter messaging 5.x, Kernel interrupt.</remarks>
public sealed record InterruptRequest : IMessageContent<InterruptRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.InterruptRequest;

    /// <inheritdoc/>
    public static InterruptRequest Read(ReadOnlyMemory<byte> content) => new();

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => writer.WriteEmptyObject();
}

/// <summary>
/// Confirms that the interrupt was received. Whether it worked is shown by the reply of the interrupted execution.
/// </summary>
/// <remarks>Jupyter messaging 5.x, Kernel interrupt.</remarks>
public sealed record InterruptReply : ReplyContent, IMessageContent<InterruptReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.InterruptReply;

    /// <inheritdoc/>
    public static InterruptReply Read(ReadOnlyMemory<byte> content) => ReadStatusReply<InterruptReply>(content);

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => WriteStatusReply(writer);
}

/// <summary>Asks the kernel to end itself.</summary>
/// <remarks>Jupyter messaging 5.x, Kernel shutdown.</remarks>
public sealed record ShutdownRequest : IMessageContent<ShutdownRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ShutdownRequest;

    /// <summary>Gets whether a new kernel will take its place.</summary>
    public bool IsRestart { get; init; }

    /// <inheritdoc/>
    public static ShutdownRequest Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new ShutdownRequest
        {
            IsRestart = fields["restart"u8].AsBoolean() ?? false,
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteBoolean("restart"u8, IsRestart);
        writer.WriteEndObject();
    }
}

/// <summary>Announces the end of the kernel.</summary>
/// <remarks>Jupyter messaging 5.x, Kernel shutdown.</remarks>
public sealed record ShutdownReply : ReplyContent, IMessageContent<ShutdownReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ShutdownReply;

    /// <summary>Gets whether a new kernel will take its place; octave leaves it out.</summary>
    public bool IsRestart { get; init; }

    /// <inheritdoc/>
    public static ShutdownReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new ShutdownReply
        {
            Status = ReadStatus(fields),
            Error = ReadError(fields),
            IsRestart = fields["restart"u8].AsBoolean() ?? false,
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteOutcome(writer);
        writer.WriteBoolean("restart"u8, IsRestart);
        writer.WriteEndObject();
    }
}

/// <summary>Asks the kernel's debugger.</summary>
/// <remarks>
/// Jupyter messaging 5.5, Debug request. The content as a whole is a message of the Debug Adapter Protocol and stays an object
/// model.
/// </remarks>
public sealed record DebugRequest : IMessageContent<DebugRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.DebugRequest;

    /// <summary>Gets the protocol's Request: <c>type</c>, <c>seq</c>, <c>command</c>, <c>arguments</c>.</summary>
    public JObject Body { get; init; } = [];

    /// <inheritdoc/>
    public static DebugRequest Read(ReadOnlyMemory<byte> content) => new() { Body = new RawJson(content).AsObject() };

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        JsonTokens.Write(writer, Body);
    }
}

/// <summary>The answer of the kernel's debugger.</summary>
/// <remarks>
/// Jupyter messaging 5.5, Debug request. The content as a whole is a message of the Debug Adapter Protocol and stays an object
/// model.
/// </remarks>
public sealed record DebugReply : IMessageContent<DebugReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.DebugReply;

    /// <summary>
    /// Gets the protocol's Response: <c>type</c>, <c>request_seq</c>, <c>success</c>, <c>command</c>, <c>body</c>,
    /// <c>message</c>.
    /// </summary>
    public JObject Body { get; init; } = [];

    /// <inheritdoc/>
    public static DebugReply Read(ReadOnlyMemory<byte> content) => new() { Body = new RawJson(content).AsObject() };

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        JsonTokens.Write(writer, Body);
    }
}
