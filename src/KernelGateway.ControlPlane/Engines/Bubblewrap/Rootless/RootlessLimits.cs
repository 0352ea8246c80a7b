using System.Globalization;
using KernelGateway.ControlPlane.Engines.Groups;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.Processes.Limits;

namespace KernelGateway.ControlPlane.Engines.Bubblewrap.Rootless;

/// <summary>Limits of resources (setrlimit) where an ordinary user was given no control group.</summary>
/// <remarks>
/// RLIMIT_NPROC is set inside of the user namespace of the sandbox. Since Linux 5.14 it counts the processes of that namespace
/// only, and not all of the user. Memory is limited with RLIMIT_DATA: RLIMIT_AS also counts address space that .NET and
/// JavaScript engines reserve and never use.
/// </remarks>
internal static class RootlessLimits
{
    /// <summary>What the number of processes of a sandbox alone is counted since.</summary>
    private static readonly Version CountsNamespaces = new(5, 14);

    /// <summary>Returns why processes cannot be limited; null when they can.</summary>
    internal static string? FindProcessProblem() =>
        HostTool.Find("prlimit") is null ? "the program 'prlimit' is not installed (Debian package util-linux)"
        : Environment.OSVersion.Version < CountsNamespaces ? "Linux before 5.14 counts the processes of the user in all sandboxes"
        : null;

    /// <summary>Returns the command, up to the program that it becomes; empty without limits.</summary>
    /// <param name="specification">The limits.</param>
    /// <param name="notes">
    /// What control groups could not limit. A note is replaced when a weaker limit takes the place of the group.
    /// </param>
    internal static IReadOnlyList<string> List(SandboxSpecification specification, List<string> notes)
    {
        if (HostTool.Find("prlimit") is not { } program) return [];
        var own = File.ReadAllLines("/proc/self/limits");
        List<string> limits = [];
        if (specification.MemoryBytes > 0 && notes.Remove(SandboxGroupMaker.MemoryNote))
        {
            Add("data", "Max data size", specification.MemoryBytes);
            notes.Add(
                "The memory is limited for each process alone, not for the sandbox (RLIMIT_DATA): "
                + "no control group with the controller 'memory' was delegated to the service.");
        }

        if (specification.MaxProcesses > 0 && FindProcessProblem() is null && notes.Remove(SandboxGroupMaker.ProcessesNote))
            Add("nproc", ResourceLimit.ProcessesLabel, specification.MaxProcesses);
        if (specification.DiskBytes > 0)
        {
            Add("fsize", "Max file size", specification.DiskBytes);
            notes.Add(
                "The disk is limited for each file alone, not for the sandbox (RLIMIT_FSIZE): "
                + "only a service of root can mount a file system of limited size.");
        }

        return limits.Count == 0 ? [] : [program, .. limits, "--"];

        // Only root may raise a hard limit.
        void Add(string option, string label, long limit)
        {
            var value = Math.Min(limit, ResourceLimit.ReadHardLimit(own, label) ?? long.MaxValue);
            limits.Add(string.Create(CultureInfo.InvariantCulture, $"--{option}={value}"));
        }
    }
}
