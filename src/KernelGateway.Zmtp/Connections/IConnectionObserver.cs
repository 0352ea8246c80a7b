using KernelGateway.Zmtp.Peers;

namespace KernelGateway.Zmtp.Connections;

/// <summary>Hears of connections that could not be made or have ended.</summary>
internal interface IConnectionObserver
{
    void OnConnectFailed(Peer peer, Exception exception);

    void OnEnded(Peer peer, ZmtpConnection connection, bool willRetry);
}
