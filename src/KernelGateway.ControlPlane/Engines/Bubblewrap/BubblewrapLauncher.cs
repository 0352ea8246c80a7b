using KernelGateway.ControlPlane.Engines.Groups;
using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Engines.Native;

namespace KernelGateway.ControlPlane.Engines.Bubblewrap;

/// <summary>Starts the commands of sandboxes with bubblewrap.</summary>
/// <param name="options">How the engine works.</param>
internal sealed class BubblewrapLauncher(IsolationOptions options) : ISandboxLauncher
{
    private readonly Lazy<byte[]> _filter = new(SeccompFilter.Build);

    public string EngineName => "bubblewrap";

    public IReadOnlyList<(string Program, string Package)> Programs { get; } = [("bwrap", "bubblewrap")];

    public string? FindProblem(SandboxGroupMaker groups) => SeccompFilter.FindProblem();

    public IReadOnlyList<string> PlanGroups(SandboxGroupMaker groups, string id) => groups.Plan(id);

    public ISandboxStart Launch(SandboxLaunch launch) => BubblewrapStart.Launch(launch, options, _filter.Value);

    // Bubblewrap runs as a user of the sandbox.
    public IEnumerable<int> FindUnrecorded(SandboxPaths paths) => [];
}
