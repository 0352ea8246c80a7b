using System.Globalization;
using System.Text;

namespace KernelGateway.Logging;

/// <summary>Makes text from outside fit for the log: one line, without control characters, of limited length.</summary>
/// <remarks>A client or kernel could otherwise forge log lines, send escape sequences to an operator's terminal, or fill the log.</remarks>
internal static class OutsideText
{
    /// <summary>The most characters of a text that are logged; the rest is cut off.</summary>
    public const int MaxLength = 200;

    /// <summary>Escapes unprintable characters as <c>\uXXXX</c>, and cuts text that is too long.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">How many characters of it are kept.</param>
    public static string Escape(string? text, int maxLength = MaxLength)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var length = Math.Min(text.Length, maxLength);
        for (var i = 0; i < length; i++)
        {
            if (NeedsEscape(text, i, length)) return EscapeFrom(text, i, length);
        }

        return length == text.Length ? text : string.Concat(text.AsSpan(0, length), "…");
    }

    private static string EscapeFrom(string text, int first, int length)
    {
        var escaped = new StringBuilder(text, 0, first, length + 16);
        for (var i = first; i < length; i++)
        {
            if (NeedsEscape(text, i, length)) escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            else escaped.Append(text[i]);
        }

        return escaped.Append(length == text.Length ? "" : "…").ToString();
    }

    // Format characters change the direction of the following text, or are invisible; half a surrogate pair cannot be encoded.
    private static bool NeedsEscape(string text, int index, int length) => char.GetUnicodeCategory(text[index]) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Surrogate => !IsPaired(text, index, length),
        _ => false,
    };

    private static bool IsPaired(string text, int index, int length) =>
        char.IsHighSurrogate(text[index])
            ? index + 1 < length && char.IsLowSurrogate(text[index + 1])
            : index > 0 && char.IsHighSurrogate(text[index - 1]);
}
