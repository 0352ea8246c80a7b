using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Microsoft.AspNetCore.StaticFiles;

namespace KernelGateway.AspNetCore.Envd.Files;

/// <summary>The headers that describe a file: its type and its name.</summary>
internal static class ContentNames
{
    private const string Binary = "application/octet-stream";

    private static readonly FileExtensionContentTypeProvider Types = new();

    // RFC 9110, section 5.6.2.
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // RFC 8187, attr-char.
    private static readonly SearchValues<byte> PlainBytes =
        SearchValues.Create("!#$&+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Gives the media type by the extension; null when that says nothing.</summary>
    public static string? FindType(string name)
    {
        var type = FindTypeWithoutCharset(name);
        return type?.StartsWith("text/", StringComparison.Ordinal) == true ? $"{type}; charset=utf-8" : type;
    }

    /// <summary>Gives the media type by the extension, without parameters; null when that says nothing.</summary>
    public static string? FindTypeWithoutCharset(string name) => Types.TryGetContentType(name, out var type) ? type : null;

    /// <summary>Gives the media type by the first bytes of the content.</summary>
    public static string GuessType(ReadOnlySpan<byte> start)
    {
        // The last character may be cut.
        for (var cut = 0; cut < 4 && cut <= start.Length; cut++)
        {
            var text = start[..^cut];
            if (!Utf8.IsValid(text)) continue;
            return text.ContainsAnyInRange((byte)0, (byte)8) ? Binary : "text/plain; charset=utf-8";
        }

        return Binary;
    }

    /// <summary>Gives the media type of compressed content, whose bytes say nothing.</summary>
    public static string GetPackedType(string name) => FindType(name) ?? Binary;

    /// <summary>Gives the header <c>Content-Disposition</c>.</summary>
    public static string GetDisposition(string name)
    {
        if (name.Length > 0 && !name.AsSpan().ContainsAnyExcept(TokenCharacters)) return $"inline; filename={name}";
        if (!name.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            var quoted = name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            return $"inline; filename=\"{quoted}\"";
        }

        var text = new StringBuilder("inline; filename*=utf-8''");
        foreach (var value in Encoding.UTF8.GetBytes(name))
        {
            if (PlainBytes.Contains(value)) text.Append((char)value);
            else text.Append('%').Append(value.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }
}
