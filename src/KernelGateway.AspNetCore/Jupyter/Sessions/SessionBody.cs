using System.ComponentModel;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Jupyter.Kernels;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter.Sessions;

/// <summary>A session as Jupyter's clients know it.</summary>
[Description("A document and the kernel that runs its code.")]
internal sealed record SessionBody(
    [property: Description("The id: a UUID, not the kernel's.")] string Id,
    [property: Description("The document's path.")] string Path,
    [property: Description("The document's name.")] string Name,
    [property: Description("The kind of document: `notebook`, `console`, and so on.")] string Type,
    [property: Description("The kernel.")] KernelBody Kernel,
    [property: Description("Path and name once more, for old clients; absent unless the type is `notebook`.")]
    [property: JsonProperty(NullValueHandling = NullValueHandling.Ignore)]
    SessionNotebookBody? Notebook)
{
    private const string Notebooks = "notebook";

    public static SessionBody Create(KernelSession session, KernelBody kernel) => new(
        session.Id,
        session.Path,
        session.Name,
        session.Type,
        kernel,
        session.Type == Notebooks ? new SessionNotebookBody(session.Path, session.Name) : null);
}

/// <summary>The kernel that a session is to have.</summary>
[Description("The kernel of a session: a running one, by its id, or a new one.")]
internal sealed record SessionKernelBody
{
    [Description("The id of a running kernel. It overrides `name`.")]
    public string? Id { get; init; }

    [Description("The name of the kernelspec of a new kernel.")]
    public string? Name { get; init; }

    [Description("Variables of a new kernel's environment; those that are not allowed are left out.")]
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <exception cref="JupyterBodyException">A field is invalid.</exception>
    public static SessionKernelBody Read(JObject body)
    {
        var fields = new JupyterFields(body, "kernel.");
        return new SessionKernelBody { Id = fields.Text("id"), Name = fields.Text("name"), Env = fields.Variables("env") };
    }
}

/// <summary>A document, as old clients write and read it.</summary>
[Description("A document, in the form of old clients.")]
internal sealed record SessionNotebookBody(
    [property: Description("Its path.")] string? Path,
    [property: Description("Its name.")] string? Name);
