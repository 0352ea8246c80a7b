using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Json;

/// <summary>Turns UTF-8 JSON into the object model of the public API and back.</summary>
/// <remarks>
/// Done by hand rather than through text: no copy in UTF-16, strings that look like dates stay strings, invalid UTF-8 and lone
/// surrogates are survived (<see cref="JsonText"/>), and NaN never reaches the wire.
/// </remarks>
internal static class JsonTokens
{
    /// <summary>
    /// The object model is walked recursively by its own writer, so its depth is bounded, unlike that of raw bytes.
    /// </summary>
    public const int MaxDepth = 512;

    // The time to convert a whole number grows faster than its length: ten million digits, which a kernel can send, would take
    // minutes.
    private const int MaxDigits = 10_000;

    private static readonly JsonReaderOptions TokenOptions = new() { MaxDepth = MaxDepth };

    // Text stays UTF-8 on the wire, as the reference implementation writes it; only the escapes that JSON requires are written.
    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaxDepth * 2,
    };

    /// <summary>The bytes of <c>{}</c>, which most messages carry two or three times.</summary>
    public static ReadOnlyMemory<byte> EmptyObject { get; } = "{}"u8.ToArray();

    /// <summary>Serialises what <paramref name="write"/> writes.</summary>
    public static ReadOnlyMemory<byte> Serialize<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer, WriterOptions);
        write(writer, value);
        writer.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Serialises an object; null and an empty one are <c>{}</c>.</summary>
    public static ReadOnlyMemory<byte> Serialize(JObject? value) =>
        value is null || value.Count == 0 ? EmptyObject : Serialize(value, static (writer, token) => Write(writer, token));

    /// <summary>Builds the object model of one value.</summary>
    /// <exception cref="MessageFormatException">The bytes are not JSON, are nested too deeply, or hold a number that is too long.</exception>
    public static JToken Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return json.IsEmpty ? JValue.CreateNull() : Build(json);
        }
        catch (JsonException exception)
        {
            throw new MessageFormatException(
                $"{json.Length} bytes are not JSON, or JSON of more than {MaxDepth} levels or {MaxDigits} digits.", exception);
        }
    }

    /// <summary>Writes a token; numbers that JSON does not know become null.</summary>
    public static void Write(Utf8JsonWriter writer, JToken? token)
    {
        switch (token)
        {
            case JObject value:
                writer.WriteStartObject();
                foreach (var property in value.Properties())
                {
                    writer.WritePropertyName(property.Name);
                    Write(writer, property.Value);
                }
                writer.WriteEndObject();
                break;
            case JArray value:
                writer.WriteStartArray();
                foreach (var item in value) Write(writer, item);
                writer.WriteEndArray();
                break;
            case JValue value:
                WriteValue(writer, value);
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    private static JToken Build(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, TokenOptions);
        reader.Read();
        JToken? root = null;
        JContainer? parent = null;
        string? name = null;
        do
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                name = Text(ref reader);
                continue;
            }
            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                // The parent of a property's value is the property, whose parent is the object.
                parent = parent!.Parent is JProperty property ? property.Parent : parent.Parent;
                continue;
            }

            var token = ReadToken(ref reader);
            root ??= token;
            if (parent is JObject owner) owner[name!] = token;   // the last of equal names wins, as in every kernel's own parser
            else (parent as JArray)?.Add(token);
            if (token is JContainer container) parent = container;
        }
        while (reader.Read());
        return root!;
    }

    private static void WriteValue(Utf8JsonWriter writer, JValue value)
    {
        switch (value.Value)
        {
            case null: writer.WriteNullValue(); break;
            case string text: writer.WriteTextValue(text); break;
            case bool claim: writer.WriteBooleanValue(claim); break;
            case double number when !double.IsFinite(number): writer.WriteNullValue(); break;
            case float number when !float.IsFinite(number): writer.WriteNullValue(); break;
            case double number: writer.WriteRawValue(Real(number)); break;
            case float number: writer.WriteRawValue(Real(number)); break;
            case BigInteger number: writer.WriteRawValue(number.ToString(CultureInfo.InvariantCulture)); break;
            case decimal number: writer.WriteNumberValue(number); break;
            case IConvertible number when value.Type == JTokenType.Integer:
                writer.WriteRawValue(number.ToString(CultureInfo.InvariantCulture));
                break;
            // A caller's own parser may have converted text to a date.
            case DateTime date: writer.WriteStringValue(date); break;
            case DateTimeOffset date: writer.WriteStringValue(date); break;
            case byte[] bytes: writer.WriteBase64StringValue(bytes); break;
            default: writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture)); break;
        }
    }

    // 1.0 stays 1.0: to some kernels an integer is another type.
    private static string Real(double number)
    {
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0";
    }

    private static JToken ReadToken(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => new JObject(),
        JsonTokenType.StartArray => new JArray(),
        JsonTokenType.String => new JValue(Text(ref reader)),
        JsonTokenType.True => new JValue(true),
        JsonTokenType.False => new JValue(false),
        JsonTokenType.Number => ReadNumber(ref reader),
        _ => JValue.CreateNull(),
    };

    private static JValue ReadNumber(ref Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out var number)) return new JValue(number);
        if (reader.ValueSpan.IndexOfAny((byte)'.', (byte)'e', (byte)'E') >= 0) return new JValue(reader.GetDouble());
        if (reader.ValueSpan.Length > MaxDigits) throw new JsonException("A whole number is too long.");
        return new JValue((object)BigInteger.Parse(Encoding.ASCII.GetString(reader.ValueSpan), CultureInfo.InvariantCulture));
    }

    private static string Text(ref Utf8JsonReader reader) => JsonText.Decode(reader.ValueSpan);
}
