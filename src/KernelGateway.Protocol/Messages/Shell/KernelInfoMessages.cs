using System.Text.Json;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Requests the kernel's info. Also used to determine whether the kernel answers.</summary>
/// <remarks>Jupyter messaging 5.x, Kernel info.</remarks>
public sealed record KernelInfoRequest : IMessageContent<KernelInfoRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.KernelInfoRequest;

    /// <inheritdoc/>
    public static KernelInfoRequest Read(ReadOnlyMemory<byte> content) => new();

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => writer.WriteEmptyObject();
}

/// <summary>The kernel's description of itself.</summary>
/// <remarks>Jupyter messaging 5.x, Kernel info.</remarks>
public sealed record KernelInfoReply : ReplyContent, IMessageContent<KernelInfoReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.KernelInfoReply;

    /// <summary>
    /// Gets the protocol version that the kernel claims. It is not reliable: ipykernel 7.3 claims 5.3 and has features of 5.5.
    /// </summary>
    public string ProtocolVersion { get; init; } = "";

    /// <summary>Gets the kernel's name.</summary>
    public string Implementation { get; init; } = "";

    /// <summary>Gets the kernel's version; octave wraps it in a list.</summary>
    public string ImplementationVersion { get; init; } = "";

    /// <summary>Gets the language.</summary>
    public LanguageInfo LanguageInfo { get; init; } = new();

    /// <summary>Gets the greeting for a terminal.</summary>
    public string Banner { get; init; } = "";

    /// <summary>Gets links to documentation.</summary>
    public IReadOnlyList<HelpLink> HelpLinks { get; init; } = [];

    /// <summary>Gets whether the kernel has a debugger, by either of the two fields for it.</summary>
    public bool HasDebugger { get; init; }

    /// <summary>Gets the optional features, such as <c>debugger</c> and <c>kernel subshells</c>.</summary>
    public IReadOnlyList<string> SupportedFeatures { get; init; } = [];

    /// <inheritdoc/>
    public static KernelInfoReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        var features = fields["supported_features"u8].AsTextList();
        return new KernelInfoReply
        {
            Status = ReadStatus(fields),
            Error = ReadError(fields),
            ProtocolVersion = fields["protocol_version"u8].AsText() ?? "",
            Implementation = fields["implementation"u8].AsText() ?? "",
            ImplementationVersion = fields["implementation_version"u8].AsText() ?? "",
            LanguageInfo = LanguageInfo.From(fields["language_info"u8]),
            Banner = fields["banner"u8].AsText() ?? "",
            HelpLinks = ReadHelpLinks(fields["help_links"u8]),
            HasDebugger = fields["debugger"u8].AsBoolean() == true || features.Contains("debugger"),
            SupportedFeatures = features,
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteOutcome(writer);
        writer.WriteString("protocol_version"u8, ProtocolVersion);
        writer.WriteString("implementation"u8, Implementation);
        writer.WriteString("implementation_version"u8, ImplementationVersion);
        writer.WritePropertyName("language_info"u8);
        LanguageInfo.WriteTo(writer);
        writer.WriteString("banner"u8, Banner);
        writer.WriteStartArray("help_links"u8);
        foreach (var link in HelpLinks)
        {
            writer.WriteStartObject();
            writer.WriteString("text"u8, link.Text);
            writer.WriteString("url"u8, link.Url);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteBoolean("debugger"u8, HasDebugger);
        if (SupportedFeatures.Count > 0) writer.WriteTexts("supported_features"u8, SupportedFeatures);
        writer.WriteEndObject();
    }

    private static List<HelpLink> ReadHelpLinks(RawJson links)
    {
        var read = new List<HelpLink>();
        foreach (var link in links.EnumerateArray())
        {
            ContentReader.TryGetProperty(link.Bytes, "text"u8, out var text);
            ContentReader.TryGetProperty(link.Bytes, "url"u8, out var url);
            if (url.AsText() is { } address) read.Add(new HelpLink(text.AsText() ?? address, address));
        }
        return read;
    }
}

/// <summary>Describes the language a kernel runs.</summary>
/// <remarks>Jupyter messaging 5.x, Kernel info.</remarks>
public sealed record LanguageInfo
{
    /// <summary>Gets the language's name, such as <c>python</c> or <c>R</c>.</summary>
    public string Name { get; init; } = "";

    /// <summary>Gets the language's version.</summary>
    public string Version { get; init; } = "";

    /// <summary>Gets the media type of source files.</summary>
    public string MediaType { get; init; } = "";

    /// <summary>Gets the extension of source files, with the dot.</summary>
    public string FileExtension { get; init; } = "";

    /// <summary>Gets the Pygments lexer, if it is not the name.</summary>
    public string? PygmentsLexer { get; init; }

    /// <summary>Gets the CodeMirror mode, a string or an object, if it is not the name.</summary>
    public JToken? CodeMirrorMode { get; init; }

    /// <summary>Gets the exporter of notebooks, if it is not the general one.</summary>
    public string? NotebookExporter { get; init; }

    internal static LanguageInfo From(RawJson json)
    {
        var fields = ContentFields.Read(json.Bytes);
        var mode = fields["codemirror_mode"u8];
        return new LanguageInfo
        {
            Name = fields["name"u8].AsText() ?? "",
            Version = fields["version"u8].AsText() ?? "",
            MediaType = fields["mimetype"u8].AsText() ?? "",
            FileExtension = fields["file_extension"u8].AsText() ?? "",
            PygmentsLexer = fields["pygments_lexer"u8].AsText(),
            CodeMirrorMode = mode.IsNull ? null : mode.AsToken(),
            NotebookExporter = fields["nbconvert_exporter"u8].AsText(),
        };
    }

    internal void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, Name);
        writer.WriteString("version"u8, Version);
        writer.WriteString("mimetype"u8, MediaType);
        writer.WriteString("file_extension"u8, FileExtension);
        if (PygmentsLexer is not null) writer.WriteString("pygments_lexer"u8, PygmentsLexer);
        if (CodeMirrorMode is not null) writer.WriteToken("codemirror_mode"u8, CodeMirrorMode);
        if (NotebookExporter is not null) writer.WriteString("nbconvert_exporter"u8, NotebookExporter);
        writer.WriteEndObject();
    }
}

/// <summary>A link to documentation of the kernel's language.</summary>
/// <param name="Text">The text to show.</param>
/// <param name="Url">The URL.</param>
public sealed record HelpLink(string Text, string Url);
