using Newtonsoft.Json.Linq;

namespace KernelGateway.Kernelspecs;

/// <summary>An installed description of how to start a kernel: the content of one <c>kernel.json</c>.</summary>
public sealed record KernelSpec
{
    /// <summary>Gets the kernelspec's name: the lower-cased name of its directory.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the command, program first, with its placeholders (<c>{connection_file}</c> and others) still in it.</summary>
    public required IReadOnlyList<string> Argv { get; init; }

    /// <summary>Gets the name shown to people.</summary>
    public required string DisplayName { get; init; }

    /// <summary>Gets the language the kernel runs, as the kernelspec spells it; empty when it states none.</summary>
    public required string Language { get; init; }

    /// <summary>Gets the way to interrupt the kernel that the kernelspec declares.</summary>
    /// <remarks>This is often wrong; a caller may use another way for a known kernel.</remarks>
    public KernelInterruptMode InterruptMode { get; init; }

    /// <summary>Gets the variables the kernelspec adds to the kernel's environment, with <c>${NAME}</c> still in them.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the free-form metadata; empty when the kernelspec has none. Not to be changed.</summary>
    public JObject Metadata { get; init; } = [];

    /// <summary>Gets the name of the provisioner that the kernelspec asks for; null when the default one serves it.</summary>
    /// <remarks>It is in the metadata, as in Jupyter: <c>kernel_provisioner.provisioner_name</c>.</remarks>
    public string? ProvisionerName =>
        Provisioner?["provisioner_name"] is JValue { Value: string { Length: > 0 } name } ? name : null;

    /// <summary>
    /// Gets the kernelspec's configuration for that provisioner (<c>kernel_provisioner.config</c>); empty when there is none.
    /// </summary>
    /// <remarks>Not to be changed.</remarks>
    public JObject ProvisionerConfig => Provisioner?["config"] as JObject ?? [];

    private JObject? Provisioner => Metadata["kernel_provisioner"] as JObject;

    /// <summary>Gets the protocol version the kernel claims to implement; null when the kernelspec states none.</summary>
    public string? KernelProtocolVersion { get; init; }

    /// <summary>Gets the directory that holds <c>kernel.json</c>, the logos and other resources.</summary>
    public required string ResourceDirectory { get; init; }

    // For Python the module after the interpreter and -m counts, for other programs the first argument.
    internal bool Starts(string program) =>
        Argv.Take(4).Any(argument => Path.GetFileNameWithoutExtension(argument).StartsWith(program, StringComparison.OrdinalIgnoreCase));
}
