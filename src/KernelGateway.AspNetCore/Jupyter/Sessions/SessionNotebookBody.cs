using System.ComponentModel;

namespace KernelGateway.AspNetCore.Jupyter.Sessions;

/// <summary>A document, as old clients write and read it.</summary>
[Description("A document, as old clients write and read it.")]
internal sealed record SessionNotebookBody(
    [property: Description("Its path.")] string? Path,
    [property: Description("Its name.")] string? Name);
