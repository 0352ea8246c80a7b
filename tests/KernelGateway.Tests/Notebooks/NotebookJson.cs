using KernelGateway.Notebooks;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Tests.Notebooks;

/// <summary>Creates notebooks with a few cells.</summary>
internal static class NotebookJson
{
    public static Notebook Of(params string[] sources) => Of([.. sources.Select(source => Code(source))]);

    public static Notebook Of(params JObject[] cells) => Notebook.Parse(new JObject
    {
        ["cells"] = new JArray(cells.ToArray<object>()),
        ["metadata"] = new JObject(),
        ["nbformat"] = 4,
        ["nbformat_minor"] = 5,
    });

    /// <summary>Creates a code cell with the outputs of an earlier run.</summary>
    public static JObject Code(string source, params string[] tags) => new()
    {
        ["cell_type"] = "code",
        ["execution_count"] = 99,
        ["metadata"] = tags.Length == 0 ? [] : new JObject { ["tags"] = new JArray(tags.ToArray<object>()) },
        ["outputs"] = new JArray(new JObject { ["name"] = "stdout", ["output_type"] = "stream", ["text"] = "stale" }),
        ["source"] = source,
    };

    /// <summary>Returns the text of a cell's outputs, of streams and values.</summary>
    public static string TextOf(this NotebookCell cell) =>
        string.Concat(cell.Outputs.Select(output => (string?)output["text"] ?? (string?)output["data"]?["text/plain"] ?? $"{output["ename"]}: {output["evalue"]}"));
}
