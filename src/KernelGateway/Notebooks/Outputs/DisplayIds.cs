using Newtonsoft.Json.Linq;

namespace KernelGateway.Notebooks.Outputs;

/// <summary>Finds the outputs of a notebook by their display id, in all cells.</summary>
/// <remarks>Jupyter messaging 5.x, update_display_data: every earlier display of that id gets the new data.</remarks>
internal sealed class DisplayIds(OutputBudget budget)
{
    private readonly Dictionary<string, HashSet<ShownOutput>> _shown = new(StringComparer.Ordinal);

    public void Add(string id, ShownOutput output)
    {
        if (!_shown.TryGetValue(id, out var outputs)) _shown[id] = outputs = [];
        outputs.Add(output);
    }

    /// <summary>Replaces the outputs with an id; false when there is no room for it.</summary>
    public bool TryUpdate(string id, JObject data, JObject metadata, long size)
    {
        foreach (var output in _shown.GetValueOrDefault(id) ?? [])
        {
            if (!budget.TryTake(size - output.Size)) return false;
            output.Size = size;
            output.Json["data"] = data.DeepClone();
            output.Json["metadata"] = metadata.DeepClone();
        }

        return true;
    }

    /// <summary>Forgets outputs that are shown no more.</summary>
    public void Remove(string id, ShownOutput output)
    {
        if (!_shown.TryGetValue(id, out var outputs)) return;
        outputs.Remove(output);
        if (outputs.Count == 0) _shown.Remove(id);
    }
}
