using KernelGateway.ControlPlane.Engines.Groups;
using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.Processes.ControlGroups;

namespace KernelGateway.ControlPlane.Engines.Bubblewrap.Rootless;

/// <summary>Says what sandboxes of an ordinary user have on this machine.</summary>
internal static class RootlessCheck
{
    private const string Groups = "control groups";
    private const string Delegation = "start the service as a systemd unit with Delegate=yes, or as root";

    /// <param name="machine">The machine.</param>
    /// <param name="groups">The control groups.</param>
    /// <param name="problem">What is missing that root would miss too; null for nothing.</param>
    internal static IReadOnlyList<EngineFeature> Examine(RootlessMachine machine, SandboxGroupMaker groups, string? problem)
    {
        problem ??= RootlessMachine.FindNamespaceProblem();
        var processes = groups.FindProblem(ControllerLimit.Processes);
        return
        [
            EngineFeature.Required(EngineFeature.Isolation, problem, "namespaces, a filter of system calls"),
            EngineFeature.Optional(
                EngineFeature.Users,
                "the service does not run as root, so a sandbox has one user, and requests for another one are refused",
                ""),
            EngineFeature.Optional(EngineFeature.WritableRoot, machine.OverlayProblem, "an overlay"),
            EngineFeature.Optional(
                EngineFeature.MemoryLimit,
                With(groups.FindProblem(ControllerLimit.Memory), $"each process alone is limited (RLIMIT_DATA); {Delegation}"),
                Groups),
            EngineFeature.Optional(
                EngineFeature.ProcessLimit,
                processes is null ? null : With(RootlessLimits.FindProcessProblem(), $"{processes}; {Delegation}"),
                processes is null ? Groups : "limits of resources (RLIMIT_NPROC in a user namespace)"),
            EngineFeature.Optional(EngineFeature.ProcessorLimit, With(groups.FindProblem("cpu"), Delegation), Groups),
            EngineFeature.Optional(
                EngineFeature.Freezer,
                With(groups.FindFreezerProblem(), $"pauses use SIGSTOP, which programs notice; {Delegation}"),
                Groups),
            EngineFeature.Optional(
                EngineFeature.DiskLimit,
                "only root can mount a file system of limited size; each file alone is limited (RLIMIT_FSIZE)",
                ""),
            EngineFeature.Optional(EngineFeature.OutgoingNetwork, OutgoingNetwork.FindProblem(), "slirp4netns and nftables"),
            EngineFeature.Optional(EngineFeature.FileCopy, null, "while the sandbox is stopped"),
        ];
    }

    private static string? With(string? problem, string more) => problem is null ? null : $"{problem}; {more}";
}
