using System.Globalization;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using KernelGateway.ControlPlane.Engines.Groups;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.ControlPlane.Engines.Records;
using KernelGateway.Processes.Limits;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;

namespace KernelGateway.ControlPlane.Engines.Network;

/// <summary>Connects the network namespace of a sandbox to the outside, with slirp4netns and nftables.</summary>
/// <remarks>
/// The rules are in the namespace before the first program of the sandbox runs, and no program in it may change them. The
/// helper is a member of the control groups of the sandbox, so what it uses counts, and it ends with the sandbox.
/// </remarks>
internal static class OutgoingNetwork
{
    private const string Device = "tap0";

    /// <summary>Returns what is missing on this machine; null when nothing is.</summary>
    internal static string? FindProblem()
    {
        (string Program, string Package)[] programs =
            [("slirp4netns", "slirp4netns"), ("nft", "nftables"), ("nsenter", "util-linux")];
        foreach (var (program, package) in programs)
            if (HostTool.Find(program) is null) return $"the program '{program}' is not installed (Debian package {package})";
        return File.Exists("/dev/net/tun") ? null : "there is no /dev/net/tun (modprobe tun; in a container: the device)";
    }

    /// <summary>Connects it. Returns the helper.</summary>
    /// <exception cref="IOException">A program has failed.</exception>
    internal static async Task<ProcessIdentity> ConnectAsync(
        int child, NetworkRecord network, SandboxGroup group, CancellationToken cancellationToken)
    {
        var target = child.ToString(CultureInfo.InvariantCulture);
        var rules = AddressRules.Write(network, AddressRules.ListHostAddresses());
        await Task.Run(
            () => HostTool.RunWithInput("nsenter", rules, "-t", target, "-n", "--", HostTool.Find("nft")!, "-f", "-"),
            cancellationToken).ConfigureAwait(false);

        using var ready = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        var helper = Start(target, group, ready.ClientSafePipeHandle);
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

    private static MonitoredProcess Start(string target, SandboxGroup group, SafeHandle ready)
    {
        using var nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        var request = new SpawnRequest
        {
            ProgramPath = "/bin/sh",
            Argv =
            [
                "sh", "-c", GroupStart.Script, "network", .. group.MemberFiles, "--",
                HostTool.Find("slirp4netns")!, "--configure", "--mtu=65520", "--disable-host-loopback", "--enable-sandbox",
                "--enable-seccomp", "--ready-fd=3", "--netns-type=path", $"/proc/{target}/ns/net", Device,
            ],
            Environment = new Dictionary<string, string>(),
            WorkingDirectory = "/",
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
