using System.Globalization;

namespace KernelGateway.Mcp.Addresses;

/// <summary>The addresses of resources.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">The id of the execution or context, or the path of the file.</param>
/// <param name="Number">The number of the image; 0 for none.</param>
internal sealed record ResourceAddress(ResourceKind Kind, string Id, int Number = 0)
{
    public const string ExecutionTemplate = $"{Scheme}executions/{{execution_id}}";
    public const string ImageTemplate = $"{Scheme}executions/{{execution_id}}/images/{{number}}";
    public const string NotebookTemplate = $"{Scheme}contexts/{{context_id}}/notebook";
    public const string FileTemplate = $"{Scheme}files{{+path}}";

    private const string Scheme = "kernel-gateway://";

    public static string OfExecution(string id) => $"{Scheme}executions/{Uri.EscapeDataString(id)}";

    public static string OfImage(string executionId, int number) => $"{OfExecution(executionId)}/images/{number}";

    public static string OfNotebook(string contextId) => $"{Scheme}contexts/{Uri.EscapeDataString(contextId)}/notebook";

    /// <param name="path">The absolute path of the file.</param>
    public static string OfFile(string path) => $"{Scheme}files{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";

    /// <summary>Reads an address; null when it is not one of these.</summary>
    public static ResourceAddress? TryParse(string uri)
    {
        if (!uri.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var parts = uri[Scheme.Length..].Split('/').Select(Uri.UnescapeDataString).ToArray();
        return parts switch
        {
            ["executions", { Length: > 0 } id] => new(ResourceKind.Execution, id),
            ["executions", { Length: > 0 } id, "images", var text] when TryParseNumber(text, out var number) => new(ResourceKind.Image, id, number),
            ["contexts", { Length: > 0 } id, "notebook"] => new(ResourceKind.Notebook, id),
            ["files", _, ..] => new(ResourceKind.File, $"/{string.Join('/', parts[1..])}"),
            _ => null,
        };
    }

    private static bool TryParseNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;
}

/// <summary>The kinds of resources.</summary>
internal enum ResourceKind
{
    /// <summary>The whole output of an execution.</summary>
    Execution,

    /// <summary>An image that an execution displayed.</summary>
    Image,

    /// <summary>What a context has executed, as a notebook.</summary>
    Notebook,

    /// <summary>A file of the machine on which the code runs.</summary>
    File,
}
