using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Json;

/// <summary>One JSON value as the UTF-8 bytes in which it arrived, decoded only on request.</summary>
/// <remarks>
/// The bytes are borrowed: they live as long as the message they were cut from. The <c>As…</c> members are lenient on purpose,
/// because kernels send lists for strings, strings for numbers and <c>[]</c> for <c>{}</c>; a value of another type reads as
/// absent.
/// </remarks>
public readonly struct RawJson : IEquatable<RawJson>
{
    /// <summary>Wraps the bytes of one JSON value, without white space around it.</summary>
    /// <param name="bytes">The value; empty means that there is none.</param>
    public RawJson(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>Gets the value exactly as it was sent.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>
    /// Gets the kind of the value, by its first byte; <see cref="JsonValueKind.Undefined"/> when there is none.
    /// </summary>
    public JsonValueKind Kind => Bytes.IsEmpty ? JsonValueKind.Undefined : Bytes.Span[0] switch
    {
        (byte)'"' => JsonValueKind.String,
        (byte)'{' => JsonValueKind.Object,
        (byte)'[' => JsonValueKind.Array,
        (byte)'t' => JsonValueKind.True,
        (byte)'f' => JsonValueKind.False,
        (byte)'n' => JsonValueKind.Null,
        _ => JsonValueKind.Number,
    };

    /// <summary>Gets whether the value is <c>null</c> or absent.</summary>
    public bool IsNull => Kind is JsonValueKind.Null or JsonValueKind.Undefined;

    /// <summary>Gets whether the value is a string or a list of strings only, which is how messages and notebooks write text.</summary>
    public bool IsText
    {
        get
        {
            if (Kind != JsonValueKind.Array) return Kind == JsonValueKind.String;
            try
            {
                foreach (var item in EnumerateArray())
                {
                    if (item.Kind != JsonValueKind.String) return false;
                }
            }
            catch (JsonException)
            {
                return false;
            }

            return true;
        }
    }

    private ReadOnlySpan<byte> InsideQuotes => Bytes.Length < 2 ? default : Bytes.Span[1..^1];

    /// <summary>Decodes a JSON string; invalid UTF-8 becomes U+FFFD and an escaped lone surrogate is kept.</summary>
    /// <returns>The text, or null when the value is not a string.</returns>
    public string? AsString() => Kind == JsonValueKind.String ? JsonText.Decode(InsideQuotes) : null;

    /// <summary>
    /// Reads text the way front ends do: a string, a list of strings joined, or the literal of a number or boolean.
    /// </summary>
    /// <returns>The text, or null when the value is absent, null or an object.</returns>
    public string? AsText() => Kind switch
    {
        JsonValueKind.String => AsString(),
        JsonValueKind.Array => string.Concat(AsTextList()),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => Encoding.UTF8.GetString(Bytes.Span),
        _ => null,
    };

    /// <summary>Reads a list of strings; a string alone is a list of one.</summary>
    /// <returns>The items in order, with nulls and objects left out; empty when the value is neither.</returns>
    public IReadOnlyList<string> AsTextList()
    {
        if (Kind != JsonValueKind.Array) return AsString() is { } single ? [single] : [];
        List<string>? items = null;
        foreach (var item in EnumerateArray())
        {
            if (item.Kind != JsonValueKind.Array && item.AsText() is { } text) (items ??= []).Add(text);
        }
        return items is null ? [] : items;
    }

    /// <summary>Reads a whole number; a number in a string and a number with a zero fraction count.</summary>
    /// <returns>The number, or null when the value is not a number or does not fit.</returns>
    public long? AsInt64()
    {
        var digits = Kind switch
        {
            JsonValueKind.Number => Bytes.Span,
            JsonValueKind.String => InsideQuotes,
            _ => [],
        };
        if (Utf8Parser.TryParse(digits, out long number, out var used) && used == digits.Length) return number;
        if (!double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var real)) return null;
        return real == Math.Truncate(real) && Math.Abs(real) < 1L << 53 ? (long)real : null;
    }

    /// <summary>Reads a whole number that fits 32 bits, as leniently as <see cref="AsInt64"/>.</summary>
    /// <returns>The number, or null when the value is not a number or does not fit.</returns>
    public int? AsInt32() => AsInt64() is { } number and >= int.MinValue and <= int.MaxValue ? (int)number : null;

    /// <summary>Reads <c>true</c> or <c>false</c>.</summary>
    /// <returns>The value, or null when it is not a boolean.</returns>
    public bool? AsBoolean() => Kind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>Builds the JSON object model of the value.</summary>
    /// <returns>An independent token; a null token when the value is absent.</returns>
    /// <exception cref="MessageFormatException">
    /// The bytes are not JSON, are nested deeper than 512 levels, or hold a whole number of more than 10,000 digits.
    /// </exception>
    public JToken AsToken() => JsonTokens.Parse(Bytes.Span);

    /// <summary>Builds the object model of an object.</summary>
    /// <returns>
    /// The object; an empty one when the value is anything else, such as the <c>[]</c> that R writes for an empty list.
    /// </returns>
    /// <exception cref="MessageFormatException">
    /// The bytes are not JSON, are nested deeper than 512 levels, or hold a whole number of more than 10,000 digits.
    /// </exception>
    public JObject AsObject() => Kind == JsonValueKind.Object ? (JObject)AsToken() : [];

    /// <summary>Walks the properties of an object without decoding names or values.</summary>
    /// <returns>An enumerator for <c>foreach</c>; empty when the value is not an object.</returns>
    /// <remarks>Enumeration throws <see cref="JsonException"/> where the bytes stop being JSON.</remarks>
    public RawPropertyEnumerator EnumerateObject() => new(Bytes);

    /// <summary>Walks the items of an array without decoding them.</summary>
    /// <returns>An enumerator for <c>foreach</c>; empty when the value is not an array.</returns>
    /// <remarks>Enumeration throws <see cref="JsonException"/> where the bytes stop being JSON.</remarks>
    public RawItemEnumerator EnumerateArray() => new(Bytes);

    /// <summary>Compares byte for byte; equal values spelled differently differ.</summary>
    /// <param name="other">The value to compare with.</param>
    /// <returns>Whether both hold the same bytes.</returns>
    public bool Equals(RawJson other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RawJson other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    /// <summary>Compares byte for byte.</summary>
    /// <param name="left">One value.</param>
    /// <param name="right">The other value.</param>
    /// <returns>Whether both hold the same bytes.</returns>
    public static bool operator ==(RawJson left, RawJson right) => left.Equals(right);

    /// <summary>Compares byte for byte.</summary>
    /// <param name="left">One value.</param>
    /// <param name="right">The other value.</param>
    /// <returns>Whether the bytes differ.</returns>
    public static bool operator !=(RawJson left, RawJson right) => !left.Equals(right);

    /// <summary>Shows the value's kind and size, never its content: outputs and inputs stay out of logs.</summary>
    /// <returns>A short description.</returns>
    public override string ToString() => $"{Kind}, {Bytes.Length} bytes";
}
