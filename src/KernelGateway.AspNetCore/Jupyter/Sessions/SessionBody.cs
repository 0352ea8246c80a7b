using System.ComponentModel;
using KernelGateway.AspNetCore.Jupyter.Kernels;
using Newtonsoft.Json;

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

    public static SessionBody Of(KernelSession session, KernelBody kernel) => new(
        session.Id,
        session.Path,
        session.Name,
        session.Type,
        kernel,
        session.Type == Notebooks ? new SessionNotebookBody(session.Path, session.Name) : null);
}
