using System.Text;
using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.WebSockets;

/// <summary>The positions of the values in a legacy envelope. The values are not decoded.</summary>
internal struct LegacyEnvelopeScan
{
    private RawJson _channel;

    public ReadOnlyMemory<byte> Header { get; private set; }

    public ReadOnlyMemory<byte> ParentHeader { get; private set; }

    public ReadOnlyMemory<byte> Metadata { get; private set; }

    public ReadOnlyMemory<byte> Content { get; private set; }

    /// <summary>Scans an envelope; properties come in any order, and of equal names the last counts, as in JSON parsers.</summary>
    /// <returns>False when the bytes are not one JSON object.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> json, out LegacyEnvelopeScan scan)
    {
        scan = default;
        try
        {
            var properties = ContentReader.EnumerateProperties(json);
            while (properties.MoveNext()) scan.Take(properties.Current);
            return properties.IsWholeObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Finds the channel; one that is not named follows from the type.</summary>
    public readonly WebSocketDropReason FindChannel(string messageType, out KernelChannel channel)
    {
        if (_channel.IsNull)
        {
            channel = ChannelNames.ForType(messageType);
            return WebSocketDropReason.None;
        }
        channel = default;
        if (_channel.Kind != JsonValueKind.String) return WebSocketDropReason.UnknownChannel;
        var name = _channel.Bytes.Span[1..^1];
        return name.Contains((byte)'\\')
            ? ChannelNames.Find(Encoding.UTF8.GetBytes(_channel.AsString()!), out channel)
            : ChannelNames.Find(name, out channel);
    }

    // Other properties are copies (msg_id, msg_type) or are redundant: "buffers" is [] or, from some clients, {}; the buffers are
    // in the binary frame.
    private void Take(in RawProperty property)
    {
        if (property.NameEquals("header"u8)) Header = property.Value.Bytes;
        else if (property.NameEquals("parent_header"u8)) ParentHeader = property.Value.Bytes;
        else if (property.NameEquals("metadata"u8)) Metadata = property.Value.Bytes;
        else if (property.NameEquals("content"u8)) Content = property.Value.Bytes;
        else if (property.NameEquals("channel"u8)) _channel = property.Value;
    }
}
