using KernelGateway.Protocol.Connection;

namespace KernelGateway.Launching.Addresses;

/// <summary>The address on which one kernel listens. Disposing returns the address.</summary>
/// <param name="Transport">TCP or Unix sockets.</param>
/// <param name="Ip">The IP address, or the path with which all five socket files begin.</param>
/// <param name="Ports">Five ports, or the numbers with which the socket files end: shell, iopub, stdin, control,
/// heartbeat.</param>
/// <param name="Release">Returns the address.</param>
internal sealed record KernelAddress(KernelTransport Transport, string Ip, IReadOnlyList<int> Ports, Action Release) : IDisposable
{
    internal const int Channels = 5;

    private int _isReleased;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0) Release();
    }
}
