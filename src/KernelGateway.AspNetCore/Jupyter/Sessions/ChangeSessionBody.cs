using System.ComponentModel;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Requests;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter.Sessions;

/// <summary>The body of <c>POST /api/sessions</c> and of <c>PATCH /api/sessions/{id}</c>.</summary>
[Description("The fields of a session. A new session needs `path` and `type`; absent fields of an existing session stay unchanged.")]
internal sealed record ChangeSessionBody
{
    /// <summary>The fields of the body that are kept.</summary>
    public static readonly BodyShape Shape = BodyShape.Object(
        ("path", BodyShape.Value),
        ("name", BodyShape.Value),
        ("type", BodyShape.Value),
        ("kernel", BodyShape.Object(("id", BodyShape.Value), ("name", BodyShape.Value), ("env", BodyShape.Map))),
        ("notebook", BodyShape.Object(("path", BodyShape.Value), ("name", BodyShape.Value))));

    private const string Notebooks = "notebook";

    [Description("The document's path, or another name that the client uses for it.")]
    public string? Path { get; init; }

    [Description("The document's name.")]
    public string? Name { get; init; }

    [Description("The kind of document: `notebook`, `console`, and so on.")]
    public string? Type { get; init; }

    [Description("The kernel; absent for a new one of the default kernelspec.")]
    public SessionKernelBody? Kernel { get; init; }

    [Description("Path or name of the document, in the form of old clients. The type is then `notebook`.")]
    public SessionNotebookBody? Notebook { get; init; }

    /// <exception cref="JupyterBodyException">A field is invalid.</exception>
    public static ChangeSessionBody Read(JObject body)
    {
        var fields = new JupyterFields(body);
        var kernel = fields.Object("kernel");
        var notebook = fields.Object("notebook") is { } old ? new JupyterFields(old, "notebook.") : null;
        return new ChangeSessionBody
        {
            Path = fields.Text("path") ?? notebook?.Text("path") ?? notebook?.Text("name"),
            Name = fields.Text("name"),
            Type = fields.Text("type") ?? (notebook is null ? null : Notebooks),
            Kernel = kernel is null ? null : SessionKernelBody.Read(kernel),
        };
    }
}
