namespace KernelGateway.Kernelspecs;

/// <summary>Everything one search for kernelspecs found.</summary>
/// <param name="KernelSpecs">The usable kernelspecs, by name.</param>
/// <param name="Broken">The ones that cannot be used, by name, with the reason.</param>
/// <param name="SearchedDirectories">Where the search looked, in order of precedence.</param>
public sealed record KernelSpecListing(
    IReadOnlyList<KernelSpec> KernelSpecs,
    IReadOnlyList<BrokenKernelSpec> Broken,
    IReadOnlyList<string> SearchedDirectories);
