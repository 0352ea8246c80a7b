using System.Text.Json;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Templates;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>A sandbox of a pool, and what cannot be changed of it.</summary>
/// <param name="Sandbox">The sandbox.</param>
/// <param name="Version">The template that it was started from, as <see cref="Describe"/> returns it.</param>
/// <param name="Network">What it reaches.</param>
internal sealed record ReadySandbox(Sandbox Sandbox, string Version, NetworkPolicy Network)
{
    /// <summary>
    /// Returns a text that changes with a template: its file can change, and its root directory can be built again.
    /// </summary>
    public static string Describe(SandboxTemplate template) =>
        JsonSerializer.Serialize(template)
        + (template.RootDirectory is { } root ? $" {Directory.GetLastWriteTimeUtc(root).Ticks}" : "");

    /// <summary>Returns what a sandbox of a pool is before it is taken. It belongs to no team.</summary>
    /// <param name="template">The template.</param>
    /// <param name="engine">
    /// What the machine allows: where it cannot filter connections, only sandboxes without network are created.
    /// </param>
    public static SandboxRecord CreateRecord(SandboxTemplate template, EngineReport engine) => new()
    {
        Id = SandboxId.Create(),
        TeamId = "",
        State = StoredState.Creating,
        TemplateId = template.Id,
        BaseTemplateId = template.Id,
        Network = new NetworkRecord { AllowInternetAccess = engine.Allows(EngineFeature.OutgoingNetwork) ? null : false },
        Cpus = template.Cpus,
        MemoryBytes = template.MemoryBytes,
        DiskBytes = template.DiskBytes,
    };

    /// <summary>Returns whether it is what was asked for.</summary>
    /// <param name="version">The template as it is now.</param>
    /// <param name="network">What the sandbox shall reach.</param>
    /// <param name="record">The sandbox that was asked for.</param>
    public bool Fits(string version, NetworkPolicy network, SandboxRecord record)
    {
        var own = Sandbox.Record;
        return Version == version
            && NetworkRules.AreEqual(Network, network)
            && own.Cpus.Equals(record.Cpus)
            && own.MemoryBytes == record.MemoryBytes
            && own.DiskBytes == record.DiskBytes;
    }
}
