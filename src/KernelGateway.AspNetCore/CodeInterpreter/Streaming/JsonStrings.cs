using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.AspNetCore.CodeInterpreter.Streaming;

/// <summary>Writes JSON strings in ASCII: those of kernels, with lists joined, and those of the gateway.</summary>
internal static class JsonStrings
{
    /// <summary>Writes a string, a list of strings joined, or the literal of another value, as one string.</summary>
    public static void WriteJoined(IBufferWriter<byte> output, RawJson value)
    {
        if (value.Kind == JsonValueKind.String)
        {
            AsciiJson.Write(output, value.Bytes.Span);
            return;
        }

        if (value.Kind != JsonValueKind.Array)
        {
            Write(output, value.AsText() ?? "");
            return;
        }

        output.Write("\""u8);
        foreach (var item in value.EnumerateArray())
        {
            if (item.Kind == JsonValueKind.String) AsciiJson.Write(output, item.Bytes.Span[1..^1]);
        }

        output.Write("\""u8);
    }

    /// <summary>Writes decoded text, or text of the gateway. Half a surrogate pair becomes U+FFFD.</summary>
    public static void Write(IBufferWriter<byte> output, string text)
    {
        output.Write("\""u8);
        output.Write(Encoding.ASCII.GetBytes(JavaScriptEncoder.Default.Encode(text)));
        output.Write("\""u8);
    }

    /// <summary>
    /// Writes a string without the quotes around its content, so that the text of a Python string value is the string itself.
    /// Nothing is unescaped, and a single quote character alone is an empty text, as in the SDKs' own server.
    /// </summary>
    public static void WriteUnquoted(IBufferWriter<byte> output, RawJson value)
    {
        if (value.Kind != JsonValueKind.String)
        {
            Write(output, Unquote(value.AsText() ?? ""));
            return;
        }

        var inner = value.Bytes.Span[1..^1];
        if (inner.IndexOf("\\u002"u8) >= 0)
        {
            // A quote may be spelled \u0022 or \u0027.
            Write(output, Unquote(value.AsString()!));
            return;
        }

        // A raw double quote inside a JSON string is always an escaped one.
        if (inner is [(byte)'\\', (byte)'"', .., (byte)'\\', (byte)'"']) inner = inner[2..^2];
        else if (inner is [(byte)'\'', .., (byte)'\'']) inner = inner[1..^1];
        else if (inner is [(byte)'\''] || inner.SequenceEqual("\\\""u8)) inner = [];
        output.Write("\""u8);
        AsciiJson.Write(output, inner);
        output.Write("\""u8);
    }

    /// <summary>Returns whether a string may be one that <see cref="WriteUnquoted"/> changes: it begins and ends with a quote character.</summary>
    public static bool MayBeQuoted(RawJson value)
    {
        var inner = value.Bytes.Span[1..^1];
        return inner.IndexOf("\\u002"u8) >= 0
            || inner is [(byte)'\\', (byte)'"', ..] or [(byte)'\'', ..];
    }

    private static string Unquote(string text) =>
        text is ['\'', .., '\''] or ['"', .., '"'] ? text[1..^1] : text is "'" or "\"" ? "" : text;
}
