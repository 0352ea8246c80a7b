namespace KernelGateway.Zmtp;

/// <summary>What happened to a connection.</summary>
public enum ZmtpConnectionChange
{
    /// <summary>It has finished its handshake.</summary>
    Connected = 0,

    /// <summary>It had finished its handshake and has ended.</summary>
    Lost = 1,

    /// <summary>It could not be made, or ended before its handshake was finished.</summary>
    Failed = 2,
}

/// <summary>Tells that a connection finished its handshake, ended, or could not be made.</summary>
public sealed class ZmtpConnectionEvent
{
    /// <summary>Gets what happened to the connection.</summary>
    public required ZmtpConnectionChange Change { get; init; }

    /// <summary>Gets the endpoint as given to connect, or as returned by bind for connections that were accepted.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Gets why the connection or the attempt ended.</summary>
    public ZmtpConnectionEndReason Reason { get; init; }

    /// <summary>Gets the failure behind <see cref="Reason"/>, if there is one.</summary>
    public Exception? Exception { get; init; }

    /// <summary>Gets a value indicating whether this socket goes on trying the endpoint by itself.</summary>
    public bool WillRetry { get; init; }
}
