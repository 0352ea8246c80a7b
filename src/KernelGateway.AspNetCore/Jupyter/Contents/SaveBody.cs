using System.ComponentModel;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Requests;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>What a client creates, saves, copies or renames.</summary>
[Description("A file, notebook or directory to create, save, copy or rename. Other fields of a model are ignored.")]
internal sealed record SaveBody
{
    public static readonly BodyShape Shape = BodyShape.Object(
        ("type", BodyShape.Value),
        ("format", BodyShape.Value),
        ("content", BodyShape.Whole),
        ("path", BodyShape.Value),
        ("ext", BodyShape.Value),
        ("copy_from", BodyShape.Value),
        ("chunk", BodyShape.Value));

    [Description("`directory`, `file` or `notebook`. Absent, the name decides.")]
    public string? Type { get; init; }

    [Description("The form of a file's content: `text` or `base64`.")]
    public string? Format { get; init; }

    [Description("The content: text, or a notebook.")]
    public object? Content { get; init; }

    [Description("`PATCH`: the new path.")]
    public string? Path { get; init; }

    [Description("`POST`: the extension of a new file, with its dot.")]
    public string? Ext { get; init; }

    [Description("`POST`: the path of what is copied.")]
    public string? CopyFrom { get; init; }

    [Description("`PUT`: the number of the part of a file that is sent in several requests, from 1; -1 is the last. Absent for a whole file.")]
    public int? Chunk { get; init; }

    /// <summary>Gets a value indicating whether the body has a content.</summary>
    internal bool HasContent { get; private init; }

    /// <exception cref="JupyterBodyException">A field has the wrong type.</exception>
    public static SaveBody Read(JObject body)
    {
        var fields = new JupyterFields(body);
        return new SaveBody
        {
            // Extensions of JupyterLab have types of their own, which are files here.
            Type = fields.Text("type") is { } type ? Known(type) : null,
            Format = fields.Text("format"),
            Content = body["content"],
            HasContent = body.ContainsKey("content"),
            Path = fields.Text("path"),
            Ext = fields.Text("ext"),
            CopyFrom = fields.Text("copy_from"),
            Chunk = ReadChunk(body["chunk"]),
        };
    }

    private static string Known(string type) => type is ContentsBody.Directory or ContentsBody.Notebook ? type : ContentsBody.File;

    private static int? ReadChunk(JToken? chunk) => chunk switch
    {
        null or { Type: JTokenType.Null } => null,
        JValue { Value: long or int } number when (long)number is >= -1 and <= int.MaxValue => (int)number,
        _ => throw new JupyterBodyException("'chunk' has to be a whole number from -1 on."),
    };
}
