using System.Text.Json;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages.Comms;

/// <summary>Opens a comm, a line between two parts of kernel and front end.</summary>
/// <remarks>Jupyter messaging 5.x, Opening a comm.</remarks>
public sealed record CommOpen : IMessageContent<CommOpen>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.CommOpen;

    /// <summary>Gets the id, unique among the comms of the kernel.</summary>
    public required string CommId { get; init; }

    /// <summary>Gets the target to which the other side should connect it.</summary>
    public required string TargetName { get; init; }

    /// <summary>Gets the module in which a front end finds the target; rarely used.</summary>
    public string? TargetModule { get; init; }

    /// <summary>Gets the data for the target.</summary>
    public JObject Data { get; init; } = [];

    /// <inheritdoc/>
    public static CommOpen Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new CommOpen
        {
            CommId = fields["comm_id"u8].AsText() ?? "",
            TargetName = fields["target_name"u8].AsText() ?? "",
            TargetModule = fields["target_module"u8].AsText(),
            Data = fields["data"u8].AsObject(),   // IRkernel: [] for {}
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("comm_id"u8, CommId);
        writer.WriteString("target_name"u8, TargetName);
        if (TargetModule is not null) writer.WriteString("target_module"u8, TargetModule);
        writer.WriteToken("data"u8, Data);
        writer.WriteEndObject();
    }
}

/// <summary>Carries data over an open comm.</summary>
/// <remarks>Jupyter messaging 5.x, Comm messages.</remarks>
public sealed record CommMessage : IMessageContent<CommMessage>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.CommMessage;

    /// <summary>Gets the comm's id.</summary>
    public required string CommId { get; init; }

    /// <summary>Gets the data.</summary>
    public JObject Data { get; init; } = [];

    /// <inheritdoc/>
    public static CommMessage Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new CommMessage
        {
            CommId = fields["comm_id"u8].AsText() ?? "",
            Data = fields["data"u8].AsObject(),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("comm_id"u8, CommId);
        writer.WriteToken("data"u8, Data);
        writer.WriteEndObject();
    }
}

/// <summary>Closes a comm, or refuses one with an unknown target.</summary>
/// <remarks>Jupyter messaging 5.x, Tearing down comms.</remarks>
public sealed record CommClose : IMessageContent<CommClose>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.CommClose;

    /// <summary>Gets the comm's id.</summary>
    public required string CommId { get; init; }

    /// <summary>Gets data for the other side, sent with the end.</summary>
    public JObject Data { get; init; } = [];

    /// <inheritdoc/>
    public static CommClose Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new CommClose
        {
            CommId = fields["comm_id"u8].AsText() ?? "",
            Data = fields["data"u8].AsObject(),   // IRkernel: [] for {}
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("comm_id"u8, CommId);
        writer.WriteToken("data"u8, Data);
        writer.WriteEndObject();
    }
}
