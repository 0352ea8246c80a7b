namespace KernelGateway.ControlPlane.Engines;

/// <summary>Describes which features of an engine a machine allows.</summary>
/// <param name="EngineName">The engine.</param>
/// <param name="Features">The features. One that is missing states the reason.</param>
public sealed record EngineReport(string EngineName, IReadOnlyList<EngineFeature> Features)
{
    /// <summary>Gets whether sandboxes can be created at all.</summary>
    public bool CanCreate => Features.All(feature => feature.IsAllowed || !feature.IsRequired);

    /// <summary>Returns whether the machine allows a feature.</summary>
    /// <param name="name">One of the constants of <see cref="EngineFeature"/>.</param>
    public bool Allows(string name) => Features.Any(feature => feature.Name == name && feature.IsAllowed);
}

/// <summary>Describes one feature of an engine on this machine.</summary>
/// <param name="Name">One of the constants of this type.</param>
/// <param name="IsAllowed">Whether it works.</param>
/// <param name="IsRequired">Whether sandboxes can be created only with it.</param>
/// <param name="Detail">How it works, or why it does not and what to install or switch on.</param>
public sealed record EngineFeature(string Name, bool IsAllowed, bool IsRequired, string Detail)
{
    /// <summary>Describes a feature without which no sandbox can be created.</summary>
    /// <param name="name">The feature.</param>
    /// <param name="problem">Why it is missing; null when it works.</param>
    /// <param name="detail">How it works.</param>
    internal static EngineFeature Required(string name, string? problem, string detail) =>
        new(name, problem is null, IsRequired: true, problem ?? detail);

    /// <summary>Describes a feature that sandboxes can be without.</summary>
    /// <inheritdoc cref="Required"/>
    internal static EngineFeature Optional(string name, string? problem, string detail) =>
        new(name, problem is null, IsRequired: false, problem ?? detail);

    /// <summary>Processes, files and network that are separate from those of the host.</summary>
    public const string Isolation = "isolation";

    /// <summary>Several users in a sandbox, of which root is one.</summary>
    public const string Users = "users";

    /// <summary>A root file system that is writable everywhere, subject to the permissions inside.</summary>
    public const string WritableRoot = "writable-root";

    /// <summary>Limits of memory.</summary>
    public const string MemoryLimit = "memory-limit";

    /// <summary>Limits of processor time.</summary>
    public const string ProcessorLimit = "processor-limit";

    /// <summary>Limits of the number of processes.</summary>
    public const string ProcessLimit = "process-limit";

    /// <summary>Limits of how much is written to the file system.</summary>
    public const string DiskLimit = "disk-limit";

    /// <summary>Stopping all processes at once.</summary>
    public const string Freezer = "freezer";

    /// <summary>Connections to the outside, with a filter of addresses.</summary>
    public const string OutgoingNetwork = "outgoing-network";

    /// <summary>Copies of the files of a sandbox.</summary>
    public const string FileCopy = "file-copy";
}
