namespace KernelGateway.Architecture.Tests;

/// <summary>The pairs of namespaces that may still be part of a cycle. A test fails for a pair that no longer is, so the list only shrinks.</summary>
internal static class AllowedPairs
{
    // Keyed by assembly. Empty at present: no project has a cycle.
    private static readonly Dictionary<string, IReadOnlySet<NamespacePair>> ByAssembly = [];

    public static IReadOnlySet<NamespacePair> In(string assembly) =>
        ByAssembly.TryGetValue(assembly, out var pairs) ? pairs : new HashSet<NamespacePair>();
}
