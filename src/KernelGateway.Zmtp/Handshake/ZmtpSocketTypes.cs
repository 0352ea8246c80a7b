namespace KernelGateway.Zmtp.Handshake;

/// <summary>Names and rules of the socket types.</summary>
internal static class ZmtpSocketTypes
{
    /// <summary>Gets the name on the wire.</summary>
    public static string WireName(this ZmtpSocketType type) => type switch
    {
        ZmtpSocketType.Req => "REQ",
        ZmtpSocketType.Rep => "REP",
        ZmtpSocketType.Dealer => "DEALER",
        ZmtpSocketType.Router => "ROUTER",
        ZmtpSocketType.Pub => "PUB",
        ZmtpSocketType.XPub => "XPUB",
        ZmtpSocketType.Sub => "SUB",
        ZmtpSocketType.XSub => "XSUB",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>Returns whether a socket announces its routing id, even an empty one.</summary>
    public static bool AnnouncesRoutingId(this ZmtpSocketType type) =>
        type is ZmtpSocketType.Req or ZmtpSocketType.Dealer or ZmtpSocketType.Router;

    /// <summary>Returns whether a peer with the socket type of this wire name is compatible.</summary>
    public static bool MayTalkTo(this ZmtpSocketType type, string peerType) => type switch
    {
        ZmtpSocketType.Req => peerType is "REP" or "ROUTER",
        ZmtpSocketType.Rep => peerType is "REQ" or "DEALER",
        ZmtpSocketType.Dealer => peerType is "REP" or "DEALER" or "ROUTER",
        ZmtpSocketType.Router => peerType is "REQ" or "DEALER" or "ROUTER",
        ZmtpSocketType.Pub or ZmtpSocketType.XPub => peerType is "SUB" or "XSUB",
        ZmtpSocketType.Sub or ZmtpSocketType.XSub => peerType is "PUB" or "XPUB",
        _ => false,
    };
}
