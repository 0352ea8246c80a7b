namespace KernelGateway.Launching;

/// <summary>
/// The environment variables that the gateway gives to one kernel process: at its launch, and later what has changed.
/// </summary>
/// <remarks>Used by one caller at a time: the launch, then the executions of the context.</remarks>
internal sealed class ProcessVariables
{
    private static readonly Dictionary<string, string> None = [];

    private readonly SharedVariables _shared;
    private readonly KernelLaunch _launch;
    private readonly IReadOnlyDictionary<string, string> _atLaunch;   // Those of all kernels.
    private IReadOnlyDictionary<string, string>? _set;                // Those of all kernels that were set last; null before.
    private IReadOnlyDictionary<string, string>? _wanted;

    private ProcessVariables(SharedVariables shared, KernelLaunch launch)
    {
        _shared = shared;
        _launch = launch;
        _atLaunch = shared.Current;
    }

    /// <summary>Adds the variables of all kernels to a launch; its own ones count before them.</summary>
    public static ProcessVariables ForLaunch(SharedVariables shared, KernelLaunch launch) => new(shared, launch);

    /// <summary>
    /// Creates the variables of a process that an earlier gateway launched, with the same ones as far as is known.
    /// </summary>
    public static ProcessVariables ForAdopted(SharedVariables shared, KernelLaunch launch)
    {
        var variables = new ProcessVariables(shared, launch);
        variables._set = variables._atLaunch;
        return variables;
    }

    /// <summary>Gets the launch with all its variables.</summary>
    public KernelLaunch Launch =>
        _atLaunch.Count > 0
            ? _launch with { Environment = SharedVariables.Merge(_atLaunch, _launch.Environment) }
            : _launch;

    /// <summary>Finds what code of the process does not see yet.</summary>
    /// <param name="readsEnvironment">Whether code reads the environment that the process was launched with.</param>
    /// <returns>The values by name; null for a variable that is to be removed.</returns>
    public IReadOnlyDictionary<string, string?> FindChanges(bool readsEnvironment)
    {
        var changes = new Dictionary<string, string?>(StringComparer.Ordinal);
        _wanted = _shared.Current;
        if (ReferenceEquals(_wanted, _set)) return changes;
        if (_set is null && readsEnvironment && ReferenceEquals(_wanted, _atLaunch)) return changes;
        var own = _launch.Environment;
        var seen = (_set, readsEnvironment) switch
        {
            ({ } set, _) => SharedVariables.Merge(set, own),
            (null, true) => SharedVariables.Merge(_atLaunch, own),
            _ => None,
        };
        var wanted = SharedVariables.Merge(_wanted, own);
        foreach (var (name, value) in wanted)
        {
            if (seen.GetValueOrDefault(name) != value) changes[name] = value;
        }

        var removed = seen.Keys.Where(name => !wanted.ContainsKey(name)).ToArray();
        if (removed.Length == 0) return changes;

        // A variable that the process would have had without the gateway's value gets that value back, as PATH does.
        var others = readsEnvironment ? _shared.GetOthers(_launch.Spec) : None;
        foreach (var name in removed) changes[name] = others.GetValueOrDefault(name);
        return changes;
    }

    /// <summary>Notes that what <see cref="FindChanges"/> returned last is set, or cannot be set.</summary>
    public void NoteSet() => _set = _wanted;
}
