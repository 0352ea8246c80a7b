using System.Text.Json;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Mime;

/// <summary>One value in several representations, by media type; each is read only on request.</summary>
/// <remarks>
/// A bundle from a received message borrows that message's memory until <see cref="Detach"/>. Values are strings, or lists of
/// strings that belong together, or JSON values (<c>application/json</c> and <c>…+json</c>); binary ones are base64. Jupyter
/// messaging 5.x, Display data.
/// </remarks>
public sealed class MimeBundle
{
    private readonly ReadOnlyMemory<byte> _raw;
    private Entry[]? _entries;

    /// <summary>Wraps a JSON object whose property names are media types.</summary>
    /// <param name="rawObject">The object's bytes; they are borrowed.</param>
    public MimeBundle(ReadOnlyMemory<byte> rawObject) => _raw = rawObject;

    /// <summary>Makes a bundle of an object model.</summary>
    /// <param name="values">The values by media type; later changes to it do not show.</param>
    public MimeBundle(JObject values) => _raw = JsonTokens.Serialize(values);

    /// <summary>Gets the bundle without any representation.</summary>
    public static MimeBundle Empty { get; } = new(JsonTokens.EmptyObject);

    /// <summary>Gets the JSON object as it was sent.</summary>
    public ReadOnlyMemory<byte> RawObject => _raw;

    /// <summary>Gets the media types in the order they were sent.</summary>
    /// <exception cref="MessageFormatException">The bundle is not JSON.</exception>
    public IReadOnlyList<string> MediaTypes => Array.ConvertAll(Entries, entry => entry.MediaType);

    /// <summary>Gets the plain text; null when there is none.</summary>
    public string? Text => GetText(Mime.MediaTypes.Text);

    /// <summary>Gets the HTML; null when there is none.</summary>
    public string? Html => GetText(Mime.MediaTypes.Html);

    /// <summary>Gets the Markdown; null when there is none.</summary>
    public string? Markdown => GetText(Mime.MediaTypes.Markdown);

    /// <summary>Gets the LaTeX; null when there is none.</summary>
    public string? Latex => GetText(Mime.MediaTypes.Latex);

    /// <summary>Gets the SVG image as text; null when there is none.</summary>
    public string? Svg => GetText(Mime.MediaTypes.Svg);

    /// <summary>Gets the JavaScript source; null when there is none.</summary>
    public string? Javascript => GetText(Mime.MediaTypes.Javascript);

    /// <summary>Gets the JSON value; null when there is none.</summary>
    public JToken? Json => this[Mime.MediaTypes.Json];

    /// <summary>
    /// Gets the decoded PNG image; null when there is none or it is not base64. <see cref="PngBase64"/> needs no decoding.
    /// </summary>
    public byte[]? Png => GetBytes(Mime.MediaTypes.Png);

    /// <summary>Gets the PNG image as the base64 text that was sent; null when there is none.</summary>
    public string? PngBase64 => GetText(Mime.MediaTypes.Png);

    /// <summary>Gets the decoded JPEG image; null when there is none or it is not base64.</summary>
    public byte[]? Jpeg => GetBytes(Mime.MediaTypes.Jpeg);

    /// <summary>Gets the JPEG image as the base64 text that was sent; null when there is none.</summary>
    public string? JpegBase64 => GetText(Mime.MediaTypes.Jpeg);

    /// <summary>Gets the decoded PDF document; null when there is none or it is not base64.</summary>
    public byte[]? Pdf => GetBytes(Mime.MediaTypes.Pdf);

    /// <summary>Gets the PDF document as the base64 text that was sent; null when there is none.</summary>
    public string? PdfBase64 => GetText(Mime.MediaTypes.Pdf);

    private Entry[] Entries => _entries ??= Index(_raw);

    /// <summary>Gets a representation as an object model; null when there is none.</summary>
    /// <param name="mediaType">The media type.</param>
    /// <exception cref="MessageFormatException">The bundle is not JSON.</exception>
    public JToken? this[string mediaType] => TryGetRaw(mediaType, out var value) ? value.AsToken() : null;

    /// <summary>Finds a representation without reading it or any other.</summary>
    /// <param name="mediaType">The media type.</param>
    /// <param name="value">Its bytes, in place.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="MessageFormatException">The bundle is not JSON.</exception>
    public bool TryGetRaw(string mediaType, out RawJson value)
    {
        foreach (var entry in Entries)
        {
            if (entry.MediaType != mediaType) continue;
            value = entry.Value;
            return true;
        }
        value = default;
        return false;
    }

    /// <summary>Asks whether there is a representation.</summary>
    /// <param name="mediaType">The media type.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="MessageFormatException">The bundle is not JSON.</exception>
    public bool Contains(string mediaType) => TryGetRaw(mediaType, out _);

    /// <summary>Reads a representation as text; lists of strings are joined, other values given as JSON.</summary>
    /// <param name="mediaType">The media type.</param>
    /// <returns>The text; null when there is no such representation or it is null.</returns>
    /// <exception cref="MessageFormatException">The bundle is not JSON.</exception>
    public string? GetText(string mediaType)
    {
        if (!TryGetRaw(mediaType, out var value) || value.IsNull) return null;
        return value.IsText ? value.AsText() : System.Text.Encoding.UTF8.GetString(value.Bytes.Span);
    }

    /// <summary>Decodes a representation in base64; line breaks in it are allowed.</summary>
    /// <param name="mediaType">The media type.</param>
    /// <returns>The bytes; null when there is no such representation or it is not base64.</returns>
    /// <exception cref="MessageFormatException">The bundle is not JSON.</exception>
    public byte[]? GetBytes(string mediaType) =>
        TryGetRaw(mediaType, out var value) && Base64Value.TryDecode(value, out var bytes) ? bytes : null;

    /// <summary>Gives a bundle that owns its bytes.</summary>
    /// <returns>A copy.</returns>
    public MimeBundle Detach() => new(_raw.ToArray());

    /// <summary>Shows the size, never the values.</summary>
    /// <returns>A short description.</returns>
    public override string ToString() => $"MIME bundle of {_raw.Length} bytes";

    internal static MimeBundle From(RawJson value) => value.Kind == JsonValueKind.Object ? new MimeBundle(value.Bytes) : Empty;

    internal void WriteTo(Utf8JsonWriter writer) => writer.WriteRawValue(_raw.Span, skipInputValidation: true);

    private static Entry[] Index(ReadOnlyMemory<byte> raw)
    {
        var fields = ContentFields.Read(raw);
        var entries = new List<Entry>(fields.Properties.Count);
        var positions = new Dictionary<string, int>(fields.Properties.Count, StringComparer.Ordinal);
        foreach (var property in fields.Properties)
        {
            var entry = new Entry(Mime.MediaTypes.Intern(property.RawName.Span), property.Value);

            // Of equal names the last one counts. Looked up, because a kernel chooses how many there are.
            if (positions.TryAdd(entry.MediaType, entries.Count)) entries.Add(entry);
            else entries[positions[entry.MediaType]] = entry;
        }
        return [.. entries];
    }

    private readonly record struct Entry(string MediaType, RawJson Value);
}
