namespace KernelGateway.Zmtp;

/// <summary>Tells that a connection finished its handshake, ended, or could not be made.</summary>
public sealed class ZmtpConnectionEvent
{
    /// <summary>Gets a value indicating whether the connection has just finished its handshake.</summary>
    public bool IsConnected { get; init; }

    /// <summary>Gets a value indicating whether a connection that had finished its handshake has ended.</summary>
    public bool WasConnected { get; init; }

    /// <summary>Gets the endpoint as given to connect, or as returned by bind for connections that were accepted.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Gets why the connection or the attempt ended.</summary>
    public ZmtpConnectionEndReason Reason { get; init; }

    /// <summary>Gets the failure behind <see cref="Reason"/>, if there is one.</summary>
    public Exception? Exception { get; init; }

    /// <summary>Gets a value indicating whether this socket goes on trying the endpoint by itself.</summary>
    public bool WillRetry { get; init; }
}
