namespace KernelGateway.Architecture.Tests;

/// <summary>The pairs of namespaces that may still form a circle. The list only shrinks: a test fails for a pair that no longer does.</summary>
internal static class AllowedPairs
{
    // By assembly. Empty at present: no project has a circle.
    private static readonly Dictionary<string, IReadOnlySet<NamespacePair>> ByAssembly = [];

    public static IReadOnlySet<NamespacePair> In(string assembly) =>
        ByAssembly.TryGetValue(assembly, out var pairs) ? pairs : new HashSet<NamespacePair>();
}
