using System.Net;
using System.Net.Sockets;

namespace KernelGateway.Zmtp.Transports;

/// <summary>The address of a unix domain socket, without the runtime's habit of deleting a bound path when the socket is disposed.</summary>
/// <remarks>The runtime deletes any file at the path, which may belong to a listener that has replaced this one.
/// <see cref="IpcFile"/> removes only its own file.</remarks>
internal sealed class IpcEndPoint(string path) : EndPoint
{
    private readonly UnixDomainSocketEndPoint _inner = new(path);

    public override AddressFamily AddressFamily => AddressFamily.Unix;

    public override SocketAddress Serialize() => _inner.Serialize();

    public override EndPoint Create(SocketAddress socketAddress) => _inner.Create(socketAddress);
}
