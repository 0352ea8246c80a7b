using Newtonsoft.Json.Linq;

namespace KernelGateway.Notebooks;

/// <summary>One cell of a notebook: a view of its JSON.</summary>
public sealed class NotebookCell
{
    private const string SkipTag = "skip-execution";
    private const string RaisesTag = "raises-exception";

    internal NotebookCell(JObject json, int index)
    {
        Json = json;
        Index = index;
    }

    /// <summary>Gets the cell's JSON.</summary>
    public JObject Json { get; }

    /// <summary>Gets its index in the notebook, from 0.</summary>
    public int Index { get; }

    /// <summary>Gets its id; null when it has none, as in notebooks before format 4.5, or when it is not a string.</summary>
    public string? Id
    {
        get => TextOf(Json["id"]);
        internal set => Json["id"] = value;
    }

    /// <summary>Gets a value indicating whether it is a code cell.</summary>
    public bool IsCode => (string?)Json["cell_type"] == "code";

    /// <summary>Gets its text.</summary>
    public string Source => Json["source"] is JArray lines ? string.Concat(lines.Select(TextOf)) : TextOf(Json["source"]) ?? "";

    /// <summary>Gets the outputs of a code cell; empty for others.</summary>
    public IReadOnlyList<JToken> Outputs => Json["outputs"] is JArray outputs ? [.. outputs] : [];

    /// <summary>Gets the kernel's number for the last run of a code cell, or null.</summary>
    public int? ExecutionCount => (Json["execution_count"] as JValue)?.Value switch
    {
        int count => count,
        long count and >= 0 and <= int.MaxValue => (int)count,
        _ => null,
    };

    /// <summary>Gets a value indicating whether it is left alone by a run: it has the tag <c>skip-execution</c>.</summary>
    public bool IsSkipped => HasTag(SkipTag);

    /// <summary>Gets a value indicating whether it may raise without ending a run: it has the tag <c>raises-exception</c>.</summary>
    public bool MayRaise => HasTag(RaisesTag);

    internal JObject Metadata => (JObject)Json["metadata"]!;

    /// <summary>Removes the outputs of an earlier run from a code cell and returns the list for new outputs.</summary>
    internal JArray Clear()
    {
        var outputs = new JArray();
        Json["outputs"] = outputs;
        Json["execution_count"] = null;

        // The times of a run whose outputs were removed.
        Metadata.Remove("execution");
        return outputs;
    }

    private bool HasTag(string tag) => Metadata["tags"] is JArray tags && tags.Any(item => TextOf(item) == tag);

    // The ids, and the cells that are not run, have not been checked.
    private static string? TextOf(JToken? token) => token is { Type: JTokenType.String } ? (string?)token : null;
}
