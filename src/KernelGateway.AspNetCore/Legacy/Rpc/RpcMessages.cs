using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KernelGateway.AspNetCore.Legacy.Rpc;

/// <summary>Writes the messages of the server: one JSON object a text frame.</summary>
internal static class RpcMessages
{
    // The receivers are programs; text that a page would have to escape is sent as it is.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the result of a call; null where the method has none.</summary>
    public static ReadOnlyMemory<byte> Result(JsonElement id, object? result) => Write(writer =>
    {
        WriteId(writer, id);
        writer.WritePropertyName("result");
        WriteValue(writer, result);
    });

    /// <summary>Writes the failure of a call; without an id where the call could not be read.</summary>
    public static ReadOnlyMemory<byte> Error(JsonElement? id, RpcException exception) => Write(writer =>
    {
        WriteId(writer, id);
        writer.WriteStartObject("error");
        writer.WriteNumber("code", exception.Code);
        writer.WriteString("message", exception.Message);
        writer.WriteEndObject();
    });

    /// <summary>Writes a notification of a subscription.</summary>
    public static ReadOnlyMemory<byte> Notification(string service, string subscription, object? result) => Write(writer =>
    {
        writer.WriteString("method", $"{service}_subscription");
        writer.WriteStartObject("params");
        writer.WriteString("subscription", subscription);
        writer.WritePropertyName("result");
        WriteValue(writer, result);
        writer.WriteEndObject();
    });

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, Options);
        writer.WriteStartObject();
        writer.WriteString("jsonrpc", "2.0");
        body(writer);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static void WriteId(Utf8JsonWriter writer, JsonElement? id)
    {
        writer.WritePropertyName("id");
        if (id is { } known) known.WriteTo(writer);
        else writer.WriteNullValue();
    }

    private static void WriteValue(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null: writer.WriteNullValue(); break;
            case string text: writer.WriteStringValue(text); break;
            case bool truth: writer.WriteBooleanValue(truth); break;
            case int number: writer.WriteNumberValue(number); break;
            case long number: writer.WriteNumberValue(number); break;
            case IReadOnlyDictionary<string, object?> members:
                writer.WriteStartObject();
                foreach (var (name, member) in members)
                {
                    writer.WritePropertyName(name);
                    WriteValue(writer, member);
                }

                writer.WriteEndObject();
                break;
            case IEnumerable<object?> items:
                writer.WriteStartArray();
                foreach (var item in items) WriteValue(writer, item);
                writer.WriteEndArray();
                break;
            default: throw new ArgumentException($"No result of a method is a {value.GetType().Name}.", nameof(value));
        }
    }
}
