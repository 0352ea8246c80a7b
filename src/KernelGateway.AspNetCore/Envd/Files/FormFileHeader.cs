using System.Text;

namespace KernelGateway.AspNetCore.Envd.Files;

/// <summary>The header <c>Content-Disposition</c> of one part of a form.</summary>
/// <param name="Name">The name of the field; null when there is none.</param>
/// <param name="FileName">The name of the file with its directories; null when there is none.</param>
/// <remarks>
/// Clients write names as they are, in UTF-8. A backslash quotes the next character only where that needs quoting, because browsers
/// send the backslashes of names unquoted. <c>%22</c>, which is how they write a quotation mark, stays as it is.
/// </remarks>
internal sealed record FormFileHeader(string? Name, string? FileName)
{
    private const string QuotedCharacters = "()<>@,;:\\\"/[]?=";

    public static FormFileHeader Parse(string? header)
    {
        string? name = null, fileName = null, encodedFileName = null;
        var rest = header.AsSpan();
        while (rest.IndexOf(';') is var start and >= 0)
        {
            rest = rest[(start + 1)..].TrimStart();
            var end = rest.IndexOfAny('=', ';');
            if (end < 0 || rest[end] == ';') continue;
            var key = rest[..end].Trim().ToString();
            rest = rest[(end + 1)..].TrimStart();
            var value = ReadValue(ref rest);
            if (key.Equals("name", StringComparison.OrdinalIgnoreCase)) name ??= value;
            else if (key.Equals("filename", StringComparison.OrdinalIgnoreCase)) fileName ??= value;
            else if (key.Equals("filename*", StringComparison.OrdinalIgnoreCase)) encodedFileName ??= Decode(value);
        }

        return new FormFileHeader(name, encodedFileName ?? fileName);
    }

    private static string ReadValue(ref ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty || rest[0] != '"')
        {
            var end = rest.IndexOf(';');
            var token = end < 0 ? rest : rest[..end];
            rest = rest[token.Length..];
            return token.Trim().ToString();
        }

        var text = new StringBuilder();
        var position = 1;
        for (; position < rest.Length && rest[position] != '"'; position++)
        {
            var isQuoting = rest[position] == '\\' && position + 1 < rest.Length
                && QuotedCharacters.Contains(rest[position + 1], StringComparison.Ordinal);
            if (isQuoting) position++;
            text.Append(rest[position]);
        }

        rest = rest[Math.Min(position + 1, rest.Length)..];
        return text.ToString();
    }

    // RFC 8187: charset'language'text.
    private static string? Decode(string value)
    {
        var parts = value.Split('\'', 3);
        if (parts.Length < 3 || !parts[0].Equals("utf-8", StringComparison.OrdinalIgnoreCase)) return null;
        return Uri.UnescapeDataString(parts[2]);
    }
}
