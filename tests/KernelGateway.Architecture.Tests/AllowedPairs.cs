namespace KernelGateway.Architecture.Tests;

/// <summary>The pairs of namespaces that still make a circle. The list only shrinks: a test fails for a pair that makes none any more.</summary>
internal static class AllowedPairs
{
    public static IReadOnlySet<NamespacePair> In(string assembly) => assembly switch
    {
        "KernelGateway" => Pairs(
            "KernelGateway.Launching",
            ("", ".RunDirectories"),
            ("", ".Processes"),
            ("", ".Addresses"),
            ("", ".Registration"),
            (".Native", "")),
        _ => new HashSet<NamespacePair>(),
    };

    private static HashSet<NamespacePair> Pairs(string prefix, params (string From, string To)[] pairs) =>
        [.. pairs.Select(pair => new NamespacePair(prefix + pair.From, prefix + pair.To))];
}
