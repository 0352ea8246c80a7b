using KernelGateway.Kernelspecs;
using KernelGateway.Protocol.Connection;

namespace KernelGateway.Launching.Addresses;

/// <summary>Finds an address for a kernel and describes its connection.</summary>
internal static class AddressLease
{
    /// <summary>Takes an address that no other kernel of this gateway has.</summary>
    /// <param name="spec">The kernelspec.</param>
    /// <param name="usesIpc">Whether the kernel listens on Unix sockets.</param>
    /// <param name="directory">The run directory, which contains the sockets.</param>
    /// <param name="usesOwnLoopbackAddress">Whether the kernel gets its own loopback address; null for what the system
    /// supports.</param>
    /// <exception cref="KernelLaunchException">There is no free address.</exception>
    public static KernelAddress Take(KernelSpec spec, bool usesIpc, string directory, bool? usesOwnLoopbackAddress)
    {
        if (usesIpc)
            return IpcAddress.Create(directory) ?? throw new KernelLaunchException(
                LaunchFailureReason.AddressInUse,
                spec.Name,
                $"The run directory '{directory}' has too long a path for Unix sockets, which '{spec.Name}' is to use. "
                    + $"Set a shorter {nameof(LaunchOptions)}.{nameof(LaunchOptions.RunDirectoryRoot)}.");

        return LoopbackAddressPool.Shared.Lease(usesOwnLoopbackAddress) ?? throw new KernelLaunchException(
            LaunchFailureReason.AddressInUse, spec.Name, $"No loopback address with five free ports was found for a kernel of '{spec.Name}'.");
    }

    /// <summary>Describes the connection to a kernel at an address.</summary>
    /// <param name="spec">The kernelspec.</param>
    /// <param name="address">The address.</param>
    /// <param name="key">The key that messages are signed with.</param>
    public static KernelConnectionInfo Describe(KernelSpec spec, KernelAddress address, string key) => new()
    {
        Transport = address.Transport,
        Ip = address.Ip,
        ShellPort = address.Ports[0],
        IOPubPort = address.Ports[1],
        StdinPort = address.Ports[2],
        ControlPort = address.Ports[3],
        HeartbeatPort = address.Ports[4],
        Key = key,
        SignatureScheme = "hmac-sha256",
        KernelName = spec.Name,
    };
}
