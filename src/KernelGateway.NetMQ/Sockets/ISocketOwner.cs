namespace KernelGateway.NetMQ.Sockets;

/// <summary>Has sockets on a <see cref="SocketThread"/>.</summary>
internal interface ISocketOwner
{
    /// <summary>Called on the thread when NetMQ has failed and the thread ends. The sockets still have to be disposed.</summary>
    void OnFailed(Exception exception);
}
