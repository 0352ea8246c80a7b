namespace KernelGateway.Kernelspecs;

/// <summary>The result of one search for kernelspecs.</summary>
/// <param name="KernelSpecs">The usable kernelspecs, by name.</param>
/// <param name="Broken">The ones that cannot be used, by name, with the reason.</param>
/// <param name="SearchedDirectories">The searched directories, in order of precedence.</param>
public sealed record KernelSpecListing(
    IReadOnlyList<KernelSpec> KernelSpecs,
    IReadOnlyList<BrokenKernelSpec> Broken,
    IReadOnlyList<string> SearchedDirectories);
