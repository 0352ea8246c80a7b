namespace KernelGateway.Soak.Resources;

/// <summary>One process in the report.</summary>
internal sealed class ResourceRow(string name, ProcessProbe probe)
{
    public string Name { get; } = name;

    public ProcessProbe Probe { get; } = probe;

    public ResourceSample? Start { get; set; }

    public ResourceSample? Half { get; set; }

    public ResourceSample? End { get; set; }
}
