using KernelGateway.Protocol.Connection;

namespace KernelGateway.Launching.Addresses;

/// <summary>Where one kernel listens. Disposing gives the address back.</summary>
/// <param name="Transport">TCP or Unix sockets.</param>
/// <param name="Ip">The IP address, or the path all five socket files begin with.</param>
/// <param name="Ports">Five ports, or the numbers the socket files end with: shell, iopub, stdin, control, heartbeat.</param>
/// <param name="Release">Gives the address back.</param>
internal sealed record KernelAddress(KernelTransport Transport, string Ip, IReadOnlyList<int> Ports, Action Release) : IDisposable
{
    internal const int Channels = 5;

    private int _isReleased;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0) Release();
    }
}
