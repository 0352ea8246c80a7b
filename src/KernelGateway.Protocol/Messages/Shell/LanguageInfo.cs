using System.Text.Json;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages.Shell;

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
