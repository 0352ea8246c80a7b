using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Asks which comms are open.</summary>
/// <remarks>Jupyter messaging 5.x, Comm info.</remarks>
public sealed record CommInfoRequest : IMessageContent<CommInfoRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.CommInfoRequest;

    /// <summary>Gets the only target to list; null for all.</summary>
    public string? TargetName { get; init; }

    /// <inheritdoc/>
    public static CommInfoRequest Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new CommInfoRequest
        {
            TargetName = fields["target_name"u8].AsText(),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        if (TargetName is not null) writer.WriteString("target_name"u8, TargetName);
        writer.WriteEndObject();
    }
}

/// <summary>Lists the open comms.</summary>
/// <remarks>Jupyter messaging 5.x, Comm info.</remarks>
public sealed record CommInfoReply : ReplyContent, IMessageContent<CommInfoReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.CommInfoReply;

    /// <summary>Gets the target names of the open comms by comm id.</summary>
    public IReadOnlyDictionary<string, string> Comms { get; init; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public static CommInfoReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        var comms = fields["comms"u8];
        // IRkernel nests the list once more, and writes [] when it is empty.
        if (comms.IsNull) ContentReader.TryGetProperty(fields["content"u8].Bytes, "comms"u8, out comms);
        return new CommInfoReply
        {
            Status = ReadStatus(fields),
            Error = ReadError(fields),
            Comms = ReadComms(comms),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteOutcome(writer);
        writer.WriteStartObject("comms"u8);
        foreach (var (id, targetName) in Comms)
        {
            writer.WriteStartObject(id);
            writer.WriteString("target_name"u8, targetName);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static Dictionary<string, string> ReadComms(RawJson comms)
    {
        var targets = new Dictionary<string, string>();
        foreach (var comm in comms.EnumerateObject())
        {
            ContentReader.TryGetProperty(comm.Value.Bytes, "target_name"u8, out var targetName);
            targets[comm.Name] = targetName.AsText() ?? "";
        }
        return targets;
    }
}
