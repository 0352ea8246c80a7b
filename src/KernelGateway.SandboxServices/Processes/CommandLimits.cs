using System.Globalization;
using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Limits;
using KernelGateway.Processes.Native;

namespace KernelGateway.SandboxServices.Processes;

/// <summary>The limits of the processes of one service, each in a control group of its own where one can be made.</summary>
internal sealed class CommandLimits : IAsyncDisposable
{
    // What the keys of their groups begin with.
    private const string Prefix = "command";

    private static readonly TimeSpan DisposalLimit = TimeSpan.FromSeconds(2);
    private static int _groups;

    private readonly ProcessLimiter _limiter;
    private readonly LingeringGroups _lingering;

    private CommandLimits(ProcessLimits limits, ControlGroupTree? tree, TimeProvider time)
    {
        // Requests choose the user of a process.
        _limiter = new ProcessLimiter(limits, tree, mayBeRoot: LibC.EffectiveUserId == 0);
        _lingering = new LingeringGroups(time);
        if (tree is null) return;
        foreach (var group in tree.RemoveAbandoned(static key => key.StartsWith(Prefix, StringComparison.Ordinal)))
            _lingering.Add(group);
    }

    /// <summary>Gets the limits that hold, as the end of a sentence; null when there is none.</summary>
    internal string? Description => _limiter.Description;

    /// <summary>Gets the limits that do not hold, likewise; null when there is none.</summary>
    internal string? Problem => _limiter.Problem;

    /// <summary>Creates the object; null when nothing is limited.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A limit is too small.</exception>
    internal static CommandLimits? Create(SandboxProcessesOptions options)
    {
        Check(options.MemoryLimit, ProcessLimits.FindMemoryProblem(options.MemoryLimit), nameof(options.MemoryLimit));
        Check(options.ProcessLimit, ProcessLimits.FindProcessProblem(options.ProcessLimit), nameof(options.ProcessLimit));
        var limits = new ProcessLimits(options.MemoryLimit, options.ProcessLimit);
        if (limits.IsEmpty || !OperatingSystem.IsLinux()) return null;
        return new CommandLimits(limits, options.UsesControlGroups ? ControlGroupTree.Machine : null, options.TimeProvider);

        void Check(object? limit, string? problem, string name)
        {
            if (problem is not null) throw new ArgumentOutOfRangeException(nameof(options), limit, $"{name} {problem}.");
        }
    }

    /// <summary>Creates the group of a process; null when groups are not used.</summary>
    /// <exception cref="IOException">The system does not permit it now.</exception>
    internal ControlGroup? CreateGroup() => _limiter.UsesGroups
        ? _limiter.CreateGroup(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Interlocked.Increment(ref _groups)}"))
        : null;

    /// <summary>Returns the command that sets resource limits, where they are used, and then becomes a program.</summary>
    internal StartCommand LimitResources(StartCommand command) => _limiter.LimitResources(command);

    /// <summary>Removes the group of a process that has ended, when the children that it left have ended too.</summary>
    internal void Release(ControlGroup group) => _lingering.Add(group);

    /// <summary>Waits until the groups of the processes that were killed are removed.</summary>
    public ValueTask DisposeAsync() => _lingering.EndAsync(DisposalLimit);
}
