using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Asks for the kernel's ports. Deprecated; only the ipykernel family answers.</summary>
/// <remarks>Jupyter messaging 5.x, Connect.</remarks>
public sealed record ConnectRequest : IMessageContent<ConnectRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ConnectRequest;

    /// <inheritdoc/>
    public static ConnectRequest Read(ReadOnlyMemory<byte> content) => new();

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => writer.WriteEmptyObject();
}

/// <summary>Contains the kernel's ports.</summary>
/// <remarks>Jupyter messaging 5.x, Connect.</remarks>
public sealed record ConnectReply : ReplyContent, IMessageContent<ConnectReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ConnectReply;

    /// <summary>Gets the shell port.</summary>
    public int ShellPort { get; init; }

    /// <summary>Gets the iopub port.</summary>
    public int IOPubPort { get; init; }

    /// <summary>Gets the stdin port.</summary>
    public int StdinPort { get; init; }

    /// <summary>Gets the control port; 0 when the kernel does not report it.</summary>
    public int ControlPort { get; init; }

    /// <summary>Gets the heartbeat port.</summary>
    public int HeartbeatPort { get; init; }

    /// <inheritdoc/>
    public static ConnectReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new ConnectReply
        {
            Status = ReadStatus(fields),
            Error = ReadError(fields),
            ShellPort = fields["shell_port"u8].AsInt32() ?? 0,
            IOPubPort = fields["iopub_port"u8].AsInt32() ?? 0,
            StdinPort = fields["stdin_port"u8].AsInt32() ?? 0,
            ControlPort = fields["control_port"u8].AsInt32() ?? 0,
            HeartbeatPort = fields["hb_port"u8].AsInt32() ?? 0,
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteOutcome(writer);
        writer.WriteNumber("shell_port"u8, ShellPort);
        writer.WriteNumber("iopub_port"u8, IOPubPort);
        writer.WriteNumber("stdin_port"u8, StdinPort);
        writer.WriteNumber("control_port"u8, ControlPort);
        writer.WriteNumber("hb_port"u8, HeartbeatPort);
        writer.WriteEndObject();
    }
}
