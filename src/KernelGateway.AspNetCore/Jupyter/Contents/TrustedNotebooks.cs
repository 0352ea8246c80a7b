using System.Security.Cryptography;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>The notebooks whose outputs may run scripts in the browser of their user, as hashes of their files.</summary>
/// <remarks>
/// Jupyter signs such notebooks in a database of the user. Here they are forgotten when the server ends: a client then shows
/// outputs without their scripts until the user trusts the notebook or runs it again.
/// </remarks>
internal sealed class TrustedNotebooks
{
    private const int MaxNotebooks = 10_000;

    // Everything else in an output of this kind can contain scripts (nbformat, sign.py).
    private static readonly string[] SafeFields = ["output_type", "execution_count", "metadata"];

    private readonly Lock _gate = new();
    private readonly HashSet<string> _hashes = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public void Add(string hash)
    {
        lock (_gate)
        {
            if (!_hashes.Add(hash)) return;
            _order.Enqueue(hash);
            if (_order.Count > MaxNotebooks) _hashes.Remove(_order.Dequeue());
        }
    }

    public bool Contains(string hash)
    {
        lock (_gate) return _hashes.Contains(hash);
    }

    /// <summary>Gets whether the user trusts all code cells of a notebook that a client saves, or they have no output with scripts.</summary>
    public static bool AreCellsTrusted(JObject notebook) =>
        notebook["cells"] is JArray cells && cells.OfType<JObject>().Where(IsCode).All(IsTrusted);

    /// <summary>Marks the code cells for a client.</summary>
    public static void Mark(JObject notebook, bool isTrusted)
    {
        if (notebook["cells"] is not JArray cells) return;
        foreach (var cell in cells.OfType<JObject>().Where(IsCode))
        {
            if (cell["metadata"] is JObject metadata) metadata["trusted"] = isTrusted;
        }
    }

    /// <summary>Gives the text of a hash, as it is in models.</summary>
    public static string TextOf(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset());

    private static bool IsCode(JObject cell) => cell["cell_type"] is JValue { Value: "code" };

    private static bool IsTrusted(JObject cell) =>
        cell["metadata"] is JObject metadata && metadata["trusted"] is JValue { Value: true }
        || cell["outputs"] is not JArray outputs
        || outputs.OfType<JObject>().All(output =>
            output["output_type"] is not JValue { Value: "execute_result" or "display_data" }
            || output.Properties().All(field => SafeFields.Contains(field.Name)));
}
