using System.Text;
using KernelGateway.Protocol.Mime;

namespace KernelGateway.AspNetCore.CodeInterpreter.Streaming;

/// <summary>A media type that has a field of its own in a <c>result</c>.</summary>
internal sealed class MediaField
{
    private MediaField(string mediaType, string name, MediaForm form)
    {
        MediaType = Encoding.ASCII.GetBytes(mediaType);
        Key = Encoding.ASCII.GetBytes($",\"{name}\":");
        Form = form;
    }

    public static MediaField[] All { get; } =
    [
        new(MediaTypes.Text, "text", MediaForm.PlainText),
        new(MediaTypes.Html, "html", MediaForm.Text),
        new(MediaTypes.Markdown, "markdown", MediaForm.Text),
        new(MediaTypes.Svg, "svg", MediaForm.Text),
        new(MediaTypes.Png, "png", MediaForm.Text),
        new(MediaTypes.Jpeg, "jpeg", MediaForm.Text),
        new(MediaTypes.Pdf, "pdf", MediaForm.Text),
        new(MediaTypes.Latex, "latex", MediaForm.Text),
        new(MediaTypes.Json, "json", MediaForm.Json),
        new(MediaTypes.Javascript, "javascript", MediaForm.Text),

        // Added by the formatters of the E2B template to pandas and matplotlib objects.
        new("e2b/data", "data", MediaForm.Json),
        new("e2b/chart", "chart", MediaForm.Json),
    ];

    public byte[] MediaType { get; }

    /// <summary>Gets the field's name as it is written in a line, comma and colon included.</summary>
    public byte[] Key { get; }

    public MediaForm Form { get; }
}

/// <summary>The JSON value that clients expect for a media type.</summary>
internal enum MediaForm
{
    /// <summary>A string; a kernel's list of strings is joined.</summary>
    Text,

    /// <summary>A string, without the quotes of a string value's representation.</summary>
    PlainText,

    /// <summary>Any JSON value, as it is.</summary>
    Json,

    /// <summary>The JSON of a value as a string, if the value is not a string and its media type requires one.</summary>
    Other,
}
