using KernelGateway.ControlPlane.Engines.Bubblewrap.Rootless;
using KernelGateway.ControlPlane.Engines.Groups;
using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Engines.Native;

namespace KernelGateway.ControlPlane.Engines.Bubblewrap;

/// <summary>Starts the commands of sandboxes with bubblewrap.</summary>
/// <param name="options">How the engine works.</param>
internal sealed class BubblewrapLauncher(BubblewrapOptions options) : ISandboxLauncher
{
    // Null with the superuser.
    private readonly RootlessMachine? _rootless = Environment.IsPrivilegedProcess ? null : new RootlessMachine(options.DataDirectory, options.UsesOverlay);
    private readonly Lazy<byte[]> _filter = new(SeccompFilter.Build);

    public string EngineName => "bubblewrap";

    public bool IsRootless => _rootless is not null;

    public IReadOnlyList<(string Program, string Package)> Programs { get; } = [("bwrap", "bubblewrap")];

    public string? FindProblem(SandboxGroupMaker groups) => SeccompFilter.FindProblem();

    public IReadOnlyList<string> PlanGroups(SandboxGroupMaker groups, string id) => groups.Plan(id);

    public IReadOnlyList<EngineFeature> ExamineRootless(SandboxGroupMaker groups, string? problem) =>
        RootlessCheck.Examine(_rootless!, groups, problem);

    public ISandboxStart Launch(SandboxLaunch launch)
    {
        RootlessPlan? plan = null;
        if (_rootless is not null)
        {
            plan = RootlessPlan.Create(_rootless, launch);
            plan.PrepareFiles(launch.Paths, launch.Specification);
        }

        return BubblewrapStart.Launch(launch, options, _filter.Value, plan);
    }

    // With root, bubblewrap runs as a user of the sandbox. Otherwise it, and the helper of the network, have the log of the
    // sandbox as a standard stream.
    public IEnumerable<int> FindUnrecorded(SandboxPaths paths) => IsRootless ? HostUsers.FindByStreams(paths.Log) : [];
}
