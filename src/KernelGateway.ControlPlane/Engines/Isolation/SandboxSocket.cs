using System.Net.Sockets;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.Processes.Native;

namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>The Unix socket at which the sidecar of a sandbox listens.</summary>
internal static class SandboxSocket
{
    /// <summary>Connects to it. Nothing may be sent before the peer is found to be right.</summary>
    /// <exception cref="SocketException">Nobody listens.</exception>
    internal static async Task<(Stream Stream, PeerCredentials Peer)> ConnectAsync(
        SandboxPaths paths, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // By the open directory, so that the path is short whatever the data directory is.
            using var directory = LibC.OpenPipeEnd(paths.SocketDirectory, forReadingOnly: true)
                ?? throw new SocketException((int)SocketError.ConnectionRefused);
            var path = $"/proc/self/fd/{directory.DangerousGetHandle()}/{SidecarCommand.SocketName}";
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return (new NetworkStream(socket, ownsSocket: true), PeerCredentials.Read(socket));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
