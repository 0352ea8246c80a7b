using KernelGateway.Processes.ControlGroups;

namespace KernelGateway.Processes.Limits;

/// <summary>
/// Limits what each of the processes of one kind may use: by control groups where they can be made, else by resource limits.
/// </summary>
internal sealed class ProcessLimiter
{
    private const string NoGroup = "no control group can be made, and";
    private const string NothingInstalled = $"{NoGroup} the program 'prlimit' (package util-linux) is not installed";

    private static int _probes;

    private readonly ControlGroupTree _tree;
    private readonly long? _memoryOfGroup;
    private readonly int? _processesOfGroup;
    private readonly ResourceLimit? _resourceLimit;

    /// <summary>Finds out how limits can be set. It makes a group and removes it.</summary>
    /// <param name="limits">The limits.</param>
    /// <param name="tree">The groups that can be made; null for none.</param>
    /// <param name="mayBeRoot">Whether the processes can be root's, for which a resource limit of processes does not hold.</param>
    internal ProcessLimiter(ProcessLimits limits, ControlGroupTree? tree, bool mayBeRoot)
    {
        _tree = tree ?? new ControlGroupTree("/nowhere");
        _memoryOfGroup = limits.MemoryBytes is { } bytes && CanMake(bytes, processes: null) ? bytes : null;
        _processesOfGroup = limits.Processes is { } count && CanMake(memoryBytes: null, count) ? count : null;
        var memoryOfProcess = _memoryOfGroup is null ? limits.MemoryBytes : null;
        var processesOfUser = _processesOfGroup is null ? limits.Processes : null;
        if (memoryOfProcess is not null || processesOfUser is not null)
            _resourceLimit = ResourceLimit.TryCreate(memoryOfProcess, processesOfUser);

        var ways = new List<string>();
        var problems = new List<string>();
        if (limits.MemoryBytes is { } memory)
        {
            var text = $"{ProcessLimits.Format(memory)} of memory";
            if (_memoryOfGroup is not null) ways.Add(ByGroup(text, ControllerLimit.Memory));
            else if (_resourceLimit is null) problems.Add($"{text}: {NothingInstalled}");
            else ways.Add($"{text} by a resource limit, which counts the address space of each process alone");
        }

        if (limits.Processes is { } processes)
        {
            var text = $"{processes} processes and threads";
            if (_processesOfGroup is not null) ways.Add(ByGroup(text, ControllerLimit.Processes));
            else if (_resourceLimit is null) problems.Add($"{text}: {NothingInstalled}");
            else if (mayBeRoot) problems.Add($"{text}: {NoGroup} a resource limit does not hold for root");
            else ways.Add($"{text} by a resource limit, which counts all of the user on the machine");
        }

        Description = ways.Count == 0 ? null : string.Join("; ", ways);
        Problem = problems.Count == 0 ? null : string.Join("; ", problems);
    }

    /// <summary>Gets the limits that hold, and by what, as the end of a sentence; null when there is none.</summary>
    internal string? Description { get; }

    /// <summary>Gets the limits that do not hold, and why, likewise; null when there is none.</summary>
    internal string? Problem { get; }

    /// <summary>Gets whether each process gets a group with limits.</summary>
    internal bool UsesGroups => _memoryOfGroup is not null || _processesOfGroup is not null;

    /// <summary>Creates the group of one process. Call only when <see cref="UsesGroups"/>.</summary>
    /// <param name="key">What distinguishes the group from others of this gateway.</param>
    /// <exception cref="IOException">The system does not permit it now.</exception>
    internal ControlGroup CreateGroup(string key) => _tree.Create(key, _memoryOfGroup, _processesOfGroup);

    /// <summary>Returns the command that sets resource limits, where they are used, and then becomes a program.</summary>
    internal StartCommand LimitResources(StartCommand command) => _resourceLimit?.Wrap(command) ?? command;

    private bool CanMake(long? memoryBytes, int? processes)
    {
        try
        {
            return _tree.Create($"probe{Interlocked.Increment(ref _probes)}", memoryBytes, processes).TryRemove();
        }
        catch (IOException)
        {
            return false;
        }
    }

    private string ByGroup(string text, string controller) =>
        $"{text} by a control group (version {_tree.TryEnable(controller)!.Version})";
}
