namespace KernelGateway.Zmtp.Handshake;

/// <summary>The socket types, and which of them are compatible.</summary>
/// <remarks>23/ZMTP, The Socket-Type Property.</remarks>
internal enum ZmtpSocketType
{
    Req,
    Rep,
    Dealer,
    Router,
    Pub,
    XPub,
    Sub,
    XSub,
}
