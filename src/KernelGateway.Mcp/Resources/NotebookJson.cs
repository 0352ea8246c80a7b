using KernelGateway.Notebooks;

namespace KernelGateway.Mcp.Resources;

/// <summary>Notebooks as the content of files.</summary>
internal static class NotebookJson
{
    public const string MediaType = "application/x-ipynb+json";

    public static byte[] Write(Notebook notebook)
    {
        using var stream = new MemoryStream();
        notebook.WriteTo(stream);
        return stream.ToArray();
    }
}
