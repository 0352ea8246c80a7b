using KernelGateway.Kernelspecs;

namespace KernelGateway.Launching;

/// <summary>The environment variables that all kernels get. They can be replaced while the gateway runs.</summary>
internal sealed class SharedVariables
{
    private readonly IReadOnlyDictionary<string, string> _initial;
    private readonly Func<KernelSpec, IReadOnlyDictionary<string, string>> _getOthers;
    private volatile IReadOnlyDictionary<string, string> _current;

    /// <summary>Creates the variables.</summary>
    /// <param name="initial">Those of the options.</param>
    /// <param name="getOthers">Returns the variables that a kernel has without these, as far as they are known.</param>
    public SharedVariables(
        IEnumerable<KeyValuePair<string, string>> initial, Func<KernelSpec, IReadOnlyDictionary<string, string>> getOthers)
    {
        _initial = new Dictionary<string, string>(initial, StringComparer.Ordinal);
        _getOthers = getOthers;
        _current = _initial;
    }

    /// <summary>Gets the present variables; each replacement is another object.</summary>
    public IReadOnlyDictionary<string, string> Current => _current;

    /// <summary>Replaces the variables beside those of the options. Of two with one name the new one counts.</summary>
    public void Replace(IEnumerable<KeyValuePair<string, string>> variables) => _current = Merge(_initial, variables);

    /// <summary>Returns the variables that a kernel of a kernelspec has without these.</summary>
    public IReadOnlyDictionary<string, string> GetOthers(KernelSpec spec) => _getOthers(spec);

    /// <summary>Joins two sets of variables. Of two with one name the second one counts.</summary>
    public static Dictionary<string, string> Merge(
        IEnumerable<KeyValuePair<string, string>> first, IEnumerable<KeyValuePair<string, string>> second)
    {
        var merged = new Dictionary<string, string>(first, StringComparer.Ordinal);
        foreach (var (name, value) in second) merged[name] = value;
        return merged;
    }
}
