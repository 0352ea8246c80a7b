namespace KernelGateway.Zmtp;

/// <summary>The reason why a connection, or an attempt to connect, ended.</summary>
public enum ZmtpConnectionEndReason
{
    /// <summary>The connection has not ended.</summary>
    None = 0,

    /// <summary>No connection could be made: refused, unreachable, no such file.</summary>
    ConnectFailed = 1,

    /// <summary>The peer closed the stream.</summary>
    PeerClosed = 2,

    /// <summary>The stream broke: reset, or another failure of the transport.</summary>
    TransportFailed = 3,

    /// <summary>The peer broke the protocol or a limit.</summary>
    ProtocolError = 4,

    /// <summary>The peer answered the handshake with ERROR; the endpoint is not tried again.</summary>
    HandshakeRefused = 5,

    /// <summary>Greeting and handshake were not finished in time.</summary>
    HandshakeTimedOut = 6,

    /// <summary>The peer was silent for longer than the heartbeat of either side allows.</summary>
    HeartbeatTimedOut = 7,

    /// <summary>This socket was disposed.</summary>
    Disposed = 8,
}
