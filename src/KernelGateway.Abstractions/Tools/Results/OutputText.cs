using System.Text;
using System.Text.RegularExpressions;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json;

namespace KernelGateway.Tools.Results;

/// <summary>An image or document among the representations of an output.</summary>
/// <param name="MediaType">Its media type.</param>
/// <param name="Extension">The extension of a file with it.</param>
/// <param name="Data">Its bytes; null if they cannot be read.</param>
/// <param name="IsShowable">Whether models read this kind of image.</param>
/// <param name="Label">The first line of the output's text, or empty.</param>
internal sealed record OutputImage(string MediaType, string Extension, byte[]? Data, bool IsShowable, string Label);

/// <summary>Chooses the representation of an output that a model reads best.</summary>
internal static partial class OutputText
{
    private const int MaxLabelLength = 100;

    private static readonly (string MediaType, string Extension, bool IsShowable)[] Images =
    [
        (MediaTypes.Png, "png", true), (MediaTypes.Jpeg, "jpg", true), ("image/gif", "gif", true), ("image/webp", "webp", true),
        (MediaTypes.Svg, "svg", false), (MediaTypes.Pdf, "pdf", false),
    ];

    /// <summary>Finds the best image; null if there is none.</summary>
    public static OutputImage? FindImage(MimeBundle data)
    {
        foreach (var (mediaType, extension, isShowable) in Images)
        {
            if (!data.Contains(mediaType)) continue;
            var bytes = mediaType == MediaTypes.Svg ? data.Svg is { } svg ? Encoding.UTF8.GetBytes(svg) : null : data.GetBytes(mediaType);
            var label = TerminalText.Clean(data.Text ?? "").Split('\n')[0].Trim();
            return new OutputImage(mediaType, extension, bytes, isShowable, label.Length <= MaxLabelLength ? label : "");
        }
        return null;
    }

    /// <summary>Returns the text: a table without padding, Markdown, plain text, or what else there is.</summary>
    public static string Read(MimeBundle data)
    {
        var plain = data.Text;
        if (data.Html is { } html && HtmlTable.Read(html) is { } table && (plain is null || table.Length < plain.Length || IsPlaceholder(plain))) return table;
        if (data.Markdown is { } markdown) return markdown;
        if (plain is not null && !IsPlaceholder(plain)) return plain;
        return data.Html ?? data.Latex ?? data.Json?.ToString(Formatting.None) ?? data.Javascript ?? plain
            ?? (data.MediaTypes.Count == 0 ? "" : $"[{string.Join(", ", data.MediaTypes)}]");
    }

    private static bool IsPlaceholder(string plain) => Placeholder().IsMatch(plain);

    // Python's text of an object that has other representations: <IPython.core.display.HTML object>, <lib.Map at 0x7f…>.
    [GeneratedRegex(@"^<[\w.]+ (?:object|at 0x|object at 0x)[^\n]*>$")]
    private static partial Regex Placeholder();
}
