namespace KernelGateway.Launching;

/// <summary>The environment variables that all kernels get. They can be replaced while the gateway runs.</summary>
internal sealed class SharedVariables
{
    private readonly IReadOnlyDictionary<string, string> _initial;
    private volatile IReadOnlyDictionary<string, string> _current;

    /// <summary>Creates the variables.</summary>
    /// <param name="initial">Those of the options.</param>
    public SharedVariables(IEnumerable<KeyValuePair<string, string>> initial)
    {
        _initial = new Dictionary<string, string>(initial, StringComparer.Ordinal);
        _current = _initial;
    }

    /// <summary>Gets the present variables; each replacement is another object.</summary>
    public IReadOnlyDictionary<string, string> Current => _current;

    /// <summary>Replaces the variables beside those of the options. Of two with one name the new one counts.</summary>
    public void Replace(IEnumerable<KeyValuePair<string, string>> variables) => _current = Merge(_initial, variables);

    /// <summary>Gives a launch these variables; its own ones count before them.</summary>
    public KernelLaunch AddTo(KernelLaunch launch)
    {
        var current = _current;
        return current.Count == 0 ? launch : launch with { Environment = Merge(current, launch.Environment) };
    }

    private static Dictionary<string, string> Merge(
        IEnumerable<KeyValuePair<string, string>> first, IEnumerable<KeyValuePair<string, string>> second)
    {
        var merged = new Dictionary<string, string>(first, StringComparer.Ordinal);
        foreach (var (name, value) in second) merged[name] = value;
        return merged;
    }
}
