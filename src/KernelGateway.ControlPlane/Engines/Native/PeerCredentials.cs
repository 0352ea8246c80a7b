using System.Buffers.Binary;
using System.Net.Sockets;

namespace KernelGateway.ControlPlane.Engines.Native;

/// <summary>Who listens at the other end of a Unix socket, in ids of the host.</summary>
/// <param name="ProcessId">The process that called listen.</param>
/// <param name="UserId">Its user.</param>
internal readonly record struct PeerCredentials(int ProcessId, uint UserId)
{
    internal static PeerCredentials Read(Socket socket)
    {
        const int SocketLevel = 1;                          // SOL_SOCKET
        const int PeerCredentialsOption = 17;               // SO_PEERCRED
        // struct ucred:   | pid 4 | uid 4 | gid 4 |
        Span<byte> buffer = stackalloc byte[12];
        socket.GetRawSocketOption(SocketLevel, PeerCredentialsOption, buffer);
        return new PeerCredentials(
            BinaryPrimitives.ReadInt32LittleEndian(buffer), BinaryPrimitives.ReadUInt32LittleEndian(buffer[4..]));
    }
}
