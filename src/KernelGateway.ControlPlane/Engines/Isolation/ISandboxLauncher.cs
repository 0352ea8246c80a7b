using KernelGateway.ControlPlane.Engines.Groups;
using KernelGateway.ControlPlane.Engines.Records;
using KernelGateway.Processes.Monitoring;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>A program of the host that makes the namespaces of sandboxes and starts their commands in them.</summary>
internal interface ISandboxLauncher
{
    /// <summary>Gets the name of the engine that uses it.</summary>
    string EngineName { get; }

    /// <summary>Gets whether this service is an ordinary user's, and the program makes sandboxes for such a service.</summary>
    bool IsRootless { get; }

    /// <summary>Gets the programs of the host that it needs, with their Debian packages.</summary>
    IReadOnlyList<(string Program, string Package)> Programs { get; }

    /// <summary>Returns what else is missing on this machine; null when nothing is.</summary>
    string? FindProblem(SandboxGroupMaker groups);

    /// <summary>Returns what sandboxes of an ordinary user have. Only with <see cref="IsRootless"/>.</summary>
    /// <param name="groups">The control groups.</param>
    /// <param name="problem">What is missing that root would miss too; null for nothing.</param>
    IReadOnlyList<EngineFeature> ExamineRootless(SandboxGroupMaker groups, string? problem);

    /// <summary>Plans the directories of the control groups of a sandbox, which do not exist yet.</summary>
    IReadOnlyList<string> PlanGroups(SandboxGroupMaker groups, string id);

    /// <summary>
    /// Starts the program, which waits before the command. On a <see cref="Native.MountThread"/> with the mounts of the sandbox;
    /// for an ordinary user there are none, and the program makes them.
    /// </summary>
    /// <exception cref="IOException">The system refuses something.</exception>
    ISandboxStart Launch(SandboxLaunch launch);

    /// <summary>
    /// Finds the processes of the program that make a sandbox, when the control plane that started them was killed before it
    /// could write them down. Those that run as users of the sandbox are found without it.
    /// </summary>
    IEnumerable<int> FindUnrecorded(SandboxPaths paths);
}

/// <summary>A sandbox whose files and mounts are made, unless an ordinary user makes it, and whose namespaces are not.</summary>
/// <param name="Paths">The files of the sandbox.</param>
/// <param name="Specification">What was asked for.</param>
/// <param name="Mounts">Its mounts.</param>
/// <param name="HostId">The first user id of its range.</param>
/// <param name="Group">Its control groups.</param>
/// <param name="Groups">The control groups of all sandboxes.</param>
internal sealed record SandboxLaunch(
    SandboxPaths Paths,
    SandboxSpecification Specification,
    SandboxMounts Mounts,
    uint HostId,
    SandboxGroup Group,
    SandboxGroupMaker Groups)
{
    /// <summary>Gets the root directory of the template.</summary>
    internal required string BaseDirectory { get; init; }

    /// <summary>Gets the list that receives what the sandbox was asked for and does not have.</summary>
    internal required List<string> Notes { get; init; }
}

/// <summary>A sandbox that is being made: its command does not run yet. Its disposal ends no process.</summary>
internal interface ISandboxStart : IDisposable
{
    /// <summary>Gets the process outside of the sandbox that ends with it; null when there is none.</summary>
    /// <remarks>Not before <see cref="Watch"/>.</remarks>
    MonitoredProcess? Outer { get; }

    /// <summary>Gets the file into which the command writes its output. The user of the start disposes of it.</summary>
    SafeFileHandle Log { get; }

    /// <summary>
    /// Begins to notice the end of the program. Not on a <see cref="Native.MountThread"/>: the monitor's thread would get its
    /// mounts.
    /// </summary>
    void Watch();

    /// <summary>Waits until the namespaces exist; returns the first process of the sandbox.</summary>
    /// <exception cref="SandboxEngineException">The program has failed.</exception>
    Task<int> ReadChildAsync(CancellationToken cancellationToken);

    /// <summary>Lets the first process execute the command, or a shell that does.</summary>
    /// <exception cref="SandboxEngineException">The program has failed.</exception>
    Task ReleaseAsync(CancellationToken cancellationToken);

    /// <summary>Returns whether the output of a sandbox that has ended comes from the program: the command has not run.</summary>
    bool IsFailure(string output);
}
