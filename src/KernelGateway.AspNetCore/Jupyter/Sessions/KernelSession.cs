namespace KernelGateway.AspNetCore.Jupyter.Sessions;

/// <summary>Joins a document to the kernel that runs its code.</summary>
/// <param name="Id">Its id: a GUID, not the kernel's.</param>
/// <param name="Path">The document's path, or whatever else the client knows it by.</param>
/// <param name="Name">The document's name; may be empty.</param>
/// <param name="Type">The kind of document: <c>notebook</c>, <c>console</c>, and so on.</param>
/// <param name="KernelId">The kernel.</param>
internal sealed record KernelSession(string Id, string Path, string Name, string Type, string KernelId);
