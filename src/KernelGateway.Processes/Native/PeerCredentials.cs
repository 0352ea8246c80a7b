using System.Buffers.Binary;
using System.Net.Sockets;

namespace KernelGateway.Processes.Native;

/// <summary>
/// Who is at the other end of a Unix socket, in ids of this process's namespaces: who called listen, or connect. Linux only.
/// </summary>
/// <param name="ProcessId">The process.</param>
/// <param name="UserId">Its user; 65534 for one whom the user namespace of this process does not have.</param>
/// <param name="GroupId">Its group, likewise.</param>
internal readonly record struct PeerCredentials(int ProcessId, uint UserId, uint GroupId)
{
    internal static PeerCredentials Read(Socket socket)
    {
        const int SocketLevel = 1;                          // SOL_SOCKET
        const int PeerCredentialsOption = 17;               // SO_PEERCRED
        // struct ucred:   | pid 4 | uid 4 | gid 4 |
        Span<byte> buffer = stackalloc byte[12];
        socket.GetRawSocketOption(SocketLevel, PeerCredentialsOption, buffer);
        return new PeerCredentials(
            BinaryPrimitives.ReadInt32LittleEndian(buffer),
            BinaryPrimitives.ReadUInt32LittleEndian(buffer[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(buffer[8..]));
    }
}
