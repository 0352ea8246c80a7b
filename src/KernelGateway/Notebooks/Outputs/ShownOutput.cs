using Newtonsoft.Json.Linq;

namespace KernelGateway.Notebooks.Outputs;

/// <summary>An output that later updates can replace.</summary>
internal sealed class ShownOutput(JObject json, long size)
{
    public JObject Json => json;

    public long Size { get; set; } = size;
}
