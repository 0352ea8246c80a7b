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

    /// <summary>Gets the language the kernel runs, as the kernelspec spells it; empty when it does not say.</summary>
    public required string Language { get; init; }

    /// <summary>Gets how the kernelspec says the kernel is to be interrupted.</summary>
    /// <remarks>Kernelspecs that are wrong about it are common; a caller may know better by the kernel's name.</remarks>
    public KernelInterruptMode InterruptMode { get; init; }

    /// <summary>Gets the variables the kernelspec adds to the kernel's environment, with <c>${NAME}</c> still in them.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the free-form metadata; empty when the kernelspec has none. Not to be changed.</summary>
    public JObject Metadata { get; init; } = [];

    /// <summary>Gets the name of the provisioner that the kernelspec asks for; null when the default one serves it.</summary>
    /// <remarks>Its metadata say so as for Jupyter: <c>kernel_provisioner.provisioner_name</c>.</remarks>
    public string? ProvisionerName =>
        Provisioner?["provisioner_name"] is JValue { Value: string { Length: > 0 } name } ? name : null;

    /// <summary>Gets what the kernelspec tells that provisioner (<c>kernel_provisioner.config</c>); empty when it tells nothing.</summary>
    /// <remarks>Not to be changed.</remarks>
    public JObject ProvisionerConfig => Provisioner?["config"] as JObject ?? [];

    private JObject? Provisioner => Metadata["kernel_provisioner"] as JObject;

    /// <summary>Gets the protocol version the kernel claims to implement; null when the kernelspec does not say.</summary>
    public string? KernelProtocolVersion { get; init; }

    /// <summary>Gets the directory that holds <c>kernel.json</c>, the logos and other resources.</summary>
    public required string ResourceDirectory { get; init; }

    // A module of Python stands behind the interpreter and its -m; the program of others is the first argument.
    internal bool Starts(string program) =>
        Argv.Take(4).Any(argument => Path.GetFileNameWithoutExtension(argument).StartsWith(program, StringComparison.OrdinalIgnoreCase));
}
