using KernelGateway.ControlPlane.Engines.Groups;
using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.Processes.Inspection;

namespace KernelGateway.ControlPlane.Engines.Oci;

/// <summary>Starts the commands of sandboxes with an OCI runtime.</summary>
/// <param name="options">How the engine works.</param>
internal sealed class OciLauncher(OciOptions options) : ISandboxLauncher
{
    private readonly RuntimeCommand _runtime = new(options.Runtime);

    public bool IsRootless => false;

    public string EngineName => _runtime.Program;

    public IReadOnlyList<(string Program, string Package)> Programs => [(_runtime.Program, _runtime.Program)];

    public string? FindProblem(SandboxGroupMaker groups) =>
        _runtime.JoinsGroups && groups.FindRuntimeProblem() is { } problem
            ? $"'{_runtime.Program}' starts nothing without control groups: {problem}"
            : null;

    public IReadOnlyList<EngineFeature> ExamineRootless(SandboxGroupMaker groups, string? problem) =>
        throw new NotSupportedException("Only root can use the engine.");

    // A runtime that joins groups joins those of every hierarchy.
    public IReadOnlyList<string> PlanGroups(SandboxGroupMaker groups, string id) =>
        _runtime.JoinsGroups ? groups.PlanForRuntime(id) : groups.Plan(id);

    public ISandboxStart Launch(SandboxLaunch launch) => OciStart.Launch(
        launch, options, _runtime, _runtime.JoinsGroups ? launch.Groups.RuntimePathOf(launch.Group) : null);

    public IEnumerable<int> FindUnrecorded(SandboxPaths paths) =>
        ProcessStat.Running()
            .Where(stat => HasArgument(stat.ProcessId, RuntimeCommand.StateOf(paths)))
            .Select(stat => stat.ProcessId);

    private static bool HasArgument(int processId, string argument)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/cmdline").Split('\0').Contains(argument);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
