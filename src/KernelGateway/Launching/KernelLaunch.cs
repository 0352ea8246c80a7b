using KernelGateway.Kernelspecs;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Launching;

/// <summary>The description of a kernel to start.</summary>
public sealed record KernelLaunch
{
    /// <summary>Gets the kernel's id: letters, digits, <c>.</c>, <c>_</c> and <c>-</c>, at most 64 of them.</summary>
    public required string KernelId { get; init; }

    /// <summary>Gets the kernelspec.</summary>
    public required KernelSpec Spec { get; init; }

    /// <summary>Gets the kernel's working directory; null for the gateway's own.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>
    /// Gets the variables added to the kernel's environment; they override inherited ones and those of the kernelspec.
    /// </summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the caller's fields of the kernel's record, which it can read after a crash of the gateway.</summary>
    /// <remarks>Written to a file only the gateway's user can read; not interpreted.</remarks>
    public JObject? ContextFields { get; init; }

    /// <summary>Gets a value indicating whether the gateway has chosen the provisioner by the name that the kernelspec gives.</summary>
    internal bool IsProvisionerChosen { get; init; }

    /// <summary>Gets variables that name a file of this content, for programs that read settings from one; an inherited variable wins.</summary>
    internal IReadOnlyDictionary<string, string> FileVariables { get; init; } = new Dictionary<string, string>();
}
