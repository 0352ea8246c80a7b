using System.Text;

namespace KernelGateway.Protocol.Mime;

/// <summary>Lists the media types that have typed access in a <see cref="MimeBundle"/>.</summary>
public static class MediaTypes
{
    /// <summary>Plain text.</summary>
    public const string Text = "text/plain";

    /// <summary>HTML.</summary>
    public const string Html = "text/html";

    /// <summary>Markdown.</summary>
    public const string Markdown = "text/markdown";

    /// <summary>LaTeX.</summary>
    public const string Latex = "text/latex";

    /// <summary>A PNG image, in base64.</summary>
    public const string Png = "image/png";

    /// <summary>A JPEG image, in base64.</summary>
    public const string Jpeg = "image/jpeg";

    /// <summary>An SVG image, as text.</summary>
    public const string Svg = "image/svg+xml";

    /// <summary>A PDF document, in base64.</summary>
    public const string Pdf = "application/pdf";

    /// <summary>A JSON value.</summary>
    public const string Json = "application/json";

    /// <summary>JavaScript source.</summary>
    public const string Javascript = "application/javascript";

    private static readonly (byte[] Utf8, string Text)[] Known =
        [.. new[] { Text, Html, Markdown, Latex, Png, Jpeg, Svg, Pdf, Json, Javascript }
            .Select(mediaType => (Encoding.UTF8.GetBytes(mediaType), mediaType))];

    /// <summary>Gives the one string of a common media type, and a new one for any other.</summary>
    internal static string Intern(ReadOnlySpan<byte> rawText)
    {
        foreach (var (utf8, text) in Known)
        {
            if (rawText.SequenceEqual(utf8)) return text;
        }
        return KernelGateway.Protocol.Json.JsonText.Decode(rawText);
    }
}
