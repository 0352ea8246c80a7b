using System.Globalization;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using KernelGateway.ControlPlane.Engines.Groups;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.ControlPlane.Engines.Records;
using KernelGateway.Processes.Limits;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;

namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>Connects the network namespace of a sandbox to the outside, with slirp4netns and nftables.</summary>
/// <remarks>
/// The rules are in the namespace before the first program of the sandbox runs, and no program in it may change them. The
/// helper is a member of the control groups of the sandbox, so what it uses counts, and it ends with the sandbox.
/// </remarks>
internal static class OutgoingNetwork
{
    private const string Device = "tap0";
    private const string TunnelDevice = "/dev/net/tun";
    private const int ReadAndWrite = 6;                     // R_OK | W_OK

    /// <summary>Returns what is missing on this machine; null when nothing is.</summary>
    internal static string? FindProblem()
    {
        (string Program, string Package)[] programs =
            [("slirp4netns", "slirp4netns"), ("nft", "nftables"), ("nsenter", "util-linux")];
        foreach (var (program, package) in programs)
            if (HostTool.Find(program) is null) return $"the program '{program}' is not installed (Debian package {package})";
        if (!File.Exists(TunnelDevice)) return $"there is no {TunnelDevice} (modprobe tun; in a container: the device)";
        return LibC.IsAccessible(TunnelDevice, ReadAndWrite)
            ? null
            : $"the service's user may not use {TunnelDevice} (chmod 666 {TunnelDevice}, which gives no rights to other networks)";
    }

    /// <summary>Connects it. Returns the helper.</summary>
    /// <exception cref="IOException">A program has failed.</exception>
    internal static async Task<ProcessIdentity> ConnectAsync(
        NetworkPlace place, NetworkRecord network, SandboxGroup group, SandboxPaths paths, CancellationToken cancellationToken)
    {
        await SetRulesAsync(place, network, cancellationToken).ConfigureAwait(false);

        using var ready = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        var helper = Start(place, group, paths, ready.ClientSafePipeHandle);
        ready.DisposeLocalCopyOfClientHandle();
        using var registration = cancellationToken.UnsafeRegister(
            static helper => ((MonitoredProcess)helper!).Signal(Signals.Kill), helper);
        try
        {
            var count = await ready.ReadAsync(new byte[1], CancellationToken.None).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (count == 0
                || ProcessIdentity.Read(helper.ProcessId) is not { } identity)
                throw new IOException("slirp4netns has ended before the network was ready.");
            return identity;
        }
        catch
        {
            helper.Signal(Signals.Kill);
            throw;
        }
    }

    /// <summary>Sets the rules, in place of those before.</summary>
    /// <exception cref="IOException">A program has failed.</exception>
    internal static Task SetRulesAsync(NetworkPlace place, NetworkRecord network, CancellationToken cancellationToken) => Task.Run(
        () => HostTool.RunWithInput(
            "nsenter",
            AddressRules.Write(network, AddressRules.ListHostAddresses()),
            ["-t", place.Target, "-n", .. place.UserOptions, "--", HostTool.Find("nft")!, "-f", "-"]),
        cancellationToken);

    private static MonitoredProcess Start(NetworkPlace place, SandboxGroup group, SandboxPaths paths, SafeHandle ready)
    {
        using var nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        using var mark = place.IsRootless ? File.OpenHandle(paths.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite) : null;
        var request = new SpawnRequest
        {
            ProgramPath = "/bin/sh",
            Argv =
            [
                "sh", "-c", GroupStart.Script, "network", .. group.MemberFiles, "--",
                .. place.IsRootless ? [HostTool.Find("nsenter")!, "-t", place.Target, .. place.UserOptions, "--"] : Array.Empty<string>(),
                HostTool.Find("slirp4netns")!, "--configure", "--mtu=65520", "--disable-host-loopback", "--enable-sandbox",
                "--enable-seccomp", "--ready-fd=3", "--netns-type=path", $"/proc/{place.Target}/ns/net", Device,
            ],
            Environment = new Dictionary<string, string>(),
            WorkingDirectory = "/",
            // It reads nothing. The file shows whose it is when no record does, and no user or group of its own.
            StandardInput = mark,
            StandardOutput = nowhere,
            StandardError = nowhere,
            InheritedHandles = [ready],
        };
        return ProcessMonitor.Shared.Start(() =>
        {
            var error = ProcessSpawner.TrySpawn(request, out var processId);
            if (error != 0) throw new IOException($"'/bin/sh' cannot be started: {Marshal.GetPInvokeErrorMessage(error)}");
            return MonitoredProcess.ForDetachedChild(processId);
        });
    }
}

/// <summary>The network namespace of a sandbox.</summary>
/// <param name="ProcessId">A process in it.</param>
/// <param name="IsRootless">
/// Whether an ordinary user has made it. He has rights to it as root of the user namespace of that process.
/// </param>
internal readonly record struct NetworkPlace(int ProcessId, bool IsRootless = false)
{
    internal string Target => ProcessId.ToString(CultureInfo.InvariantCulture);

    /// <summary>Gets the options of <c>nsenter</c> for the user namespace.</summary>
    internal string[] UserOptions => IsRootless ? ["-U", "--preserve-credentials"] : [];
}
