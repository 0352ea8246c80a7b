using Mono.Cecil;

namespace KernelGateway.Architecture.Tests;

/// <summary>A reference from one namespace to another.</summary>
internal readonly record struct NamespacePair(string From, string To)
{
    public override string ToString() => $"{From} -> {To}";
}

/// <summary>
/// The namespaces of an assembly and the type references between them.
/// Each type of the root namespace is a separate node, because the root contains the entry points and the common types, which may refer to each
/// other. Uses of exceptions, options, events and enums of the root are allowed everywhere and are not counted.
/// </summary>
internal sealed class NamespaceGraph
{
    private readonly ILookup<NamespacePair, TypeUse> _uses;
    private readonly string _root;

    public NamespaceGraph(string root, IEnumerable<TypeUse> uses)
    {
        _root = root;
        _uses = uses.Where(use => !(use.To.Namespace == root && IsCommon(use.To)))
            .ToLookup(use => new NamespacePair(Node(use.From), Node(use.To)));
    }

    public IEnumerable<NamespacePair> Pairs => _uses.Select(group => group.Key).Where(pair => pair.From != pair.To);

    public IReadOnlyList<TypeUse> Uses(NamespacePair pair) => [.. _uses[pair].DistinctBy(use => use.ToString())];

    /// <summary>The pairs that are part of a cycle after the pairs of <paramref name="allowed"/> were removed.</summary>
    public IReadOnlyList<NamespacePair> PairsOnCircles(IReadOnlySet<NamespacePair> allowed)
    {
        var next = Pairs.Where(pair => !allowed.Contains(pair)).ToLookup(pair => pair.From, pair => pair.To);
        return [.. Pairs.Where(pair => !allowed.Contains(pair) && !IsInsideRoot(pair) && IsReachable(pair.To, pair.From, next))];
    }

    /// <summary>Describes pairs for a person who breaks the cycle: the types and members of each pair, the pair with the fewest uses first.</summary>
    public string Describe(IEnumerable<NamespacePair> pairs) => string.Join(
        Environment.NewLine,
        pairs.Select(pair => (Pair: pair, Uses: Uses(pair)))
            .OrderBy(found => found.Uses.Count)
            .ThenBy(found => found.Pair.ToString(), StringComparer.Ordinal)
            .SelectMany(found => found.Uses.Take(8).Select(use => $"    {use}").Prepend($"{found.Pair} ({found.Uses.Count} uses)")));

    private static bool IsReachable(string from, string to, ILookup<string, string> next)
    {
        var seen = new HashSet<string> { from };
        var open = new Stack<string>(seen);
        while (open.TryPop(out var node))
        {
            if (node == to) return true;
            foreach (var neighbour in next[node].Where(seen.Add)) open.Push(neighbour);
        }
        return false;
    }

    // In a cycle that leaves the root, the pairs outside the root are reported.
    private bool IsInsideRoot(NamespacePair pair) => _uses[pair].All(use => use.From.Namespace == _root && use.To.Namespace == _root);

    private string Node(TypeDefinition type) => type.Namespace == _root ? type.FullName : type.Namespace;

    private static bool IsCommon(TypeDefinition type) =>
        type.IsEnum || type.Name.EndsWith("Exception", StringComparison.Ordinal)
        || type.Name.EndsWith("Options", StringComparison.Ordinal) || type.Name.EndsWith("Event", StringComparison.Ordinal);
}
