using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Executions;

/// <summary>One result of an execution: the value of the cell or data that it displayed.</summary>
public sealed record ExecutionOutput
{
    // In the order in which they are named.
    private static readonly (string MediaType, string Name)[] Named =
    [
        (MediaTypes.Html, "html"), (MediaTypes.Markdown, "markdown"), (MediaTypes.Svg, "svg"), (MediaTypes.Png, "png"), (MediaTypes.Jpeg, "jpeg"),
        (MediaTypes.Pdf, "pdf"), (MediaTypes.Latex, "latex"), (MediaTypes.Json, "json"), (MediaTypes.Javascript, "javascript"), ("e2b/data", "data"),
        ("e2b/chart", "chart"),
    ];

    /// <summary>Gets the representations of the value.</summary>
    public required MimeBundle Data { get; init; }

    /// <summary>Gets the kernel's metadata of the representations, by media type.</summary>
    public required JObject Metadata { get; init; }

    /// <summary>Gets a value indicating whether it is the value of the cell rather than displayed data.</summary>
    public bool IsMainResult { get; init; }

    /// <summary>Gets the id under which the code can update it; null when it cannot.</summary>
    public string? DisplayId { get; init; }

    /// <summary>Gets the plain text, or null.</summary>
    public string? Text => Data.Text;

    /// <summary>Gets the HTML, or null.</summary>
    public string? Html => Data.Html;

    /// <summary>Gets the Markdown, or null.</summary>
    public string? Markdown => Data.Markdown;

    /// <summary>Gets the LaTeX, or null.</summary>
    public string? Latex => Data.Latex;

    /// <summary>Gets the SVG, or null.</summary>
    public string? Svg => Data.Svg;

    /// <summary>Gets the PNG image's bytes, or null.</summary>
    public byte[]? Png => Data.Png;

    /// <summary>Gets the JPEG image's bytes, or null.</summary>
    public byte[]? Jpeg => Data.Jpeg;

    /// <summary>Gets the PDF document's bytes, or null.</summary>
    public byte[]? Pdf => Data.Pdf;

    /// <summary>Gets the JSON value, or null.</summary>
    public JToken? Json => Data.Json;

    /// <summary>Gets the JavaScript, or null.</summary>
    public string? Javascript => Data.Javascript;

    /// <summary>
    /// Returns the names of the representations besides the plain text: <c>html</c>, <c>png</c> and so on, and the media types of those that have no
    /// name.
    /// </summary>
    public IReadOnlyList<string> Formats() =>
    [
        .. Named.Where(one => Data.Contains(one.MediaType)).Select(one => one.Name),
        .. Data.MediaTypes.Where(mediaType => mediaType != MediaTypes.Text && !Named.Any(one => one.MediaType == mediaType)),
    ];
}
