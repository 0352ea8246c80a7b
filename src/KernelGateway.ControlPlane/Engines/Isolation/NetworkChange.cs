using KernelGateway.ControlPlane.Engines.Records;

namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>Changes which addresses a running sandbox reaches.</summary>
internal static class NetworkChange
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <summary>Changes it. Connections to addresses that are refused now end.</summary>
    /// <param name="sandbox">The sandbox, whose operations run one after another.</param>
    /// <param name="policy">The addresses.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Cancels the change, which may then have happened.</param>
    /// <exception cref="IOException">A program has failed.</exception>
    /// <exception cref="SandboxEngineException">The machine does not allow it.</exception>
    internal static async Task<bool> ApplyAsync(
        LiveSandbox sandbox, NetworkPolicy policy, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(policy);
        SpecificationRules.Check(policy);
        var record = sandbox.Record;
        if (!policy.AllowsOutgoing)
        {
            // The device that leads outside ends with the helper.
            while (record.NetworkHelper?.Kill() == true) await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            WriteNameServer(sandbox, "");
            sandbox.Save(record with { Network = null, NetworkHelper = null });
            return true;
        }

        var network = new NetworkRecord(policy.Allow, policy.Deny);
        var place = FindPlace(record);
        if (record.NetworkHelper is { IsAlive: true })
        {
            await OutgoingNetwork.SetRulesAsync(place, network, cancellationToken).ConfigureAwait(false);
            sandbox.Save(record with { Network = network });
            return true;
        }

        var helper = await OutgoingNetwork.ConnectAsync(place, network, sandbox.Group, sandbox.Paths, cancellationToken).ConfigureAwait(false);
        sandbox.Save(record with { Network = network, NetworkHelper = helper });
        WriteNameServer(sandbox, AddressRules.ResolverConfiguration);
        return true;
    }

    private static NetworkPlace FindPlace(SandboxRecord record)
    {
        if (record.HostId != 0) return new NetworkPlace(record.Main!.ProcessId);
        // Bubblewrap has made the other namespaces of networks in a user namespace that nobody can enter.
        if (record is { Network: not null, Outer: { IsAlive: true } outer }) return new NetworkPlace(outer.ProcessId, IsRootless: true);
        throw new SandboxEngineException(
            SandboxEngineError.NotSupported,
            "The sandbox was created without a network, and gets one only from a service that runs as root.");
    }

    // In place: the sandbox sees this file, not its name.
    private static void WriteNameServer(LiveSandbox sandbox, string text) => File.WriteAllText(sandbox.Paths.ResolverConfiguration, text);
}
