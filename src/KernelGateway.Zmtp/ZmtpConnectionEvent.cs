namespace KernelGateway.Zmtp;

/// <summary>The kind of change of a connection.</summary>
public enum ZmtpConnectionChange
{
    /// <summary>It has finished its handshake.</summary>
    Connected = 0,

    /// <summary>It had finished its handshake and has ended.</summary>
    Lost = 1,

    /// <summary>It could not be made, or ended before its handshake was finished.</summary>
    Failed = 2,
}

/// <summary>Reports that a connection has finished its handshake, has ended, or could not be established.</summary>
public sealed class ZmtpConnectionEvent
{
    /// <summary>Gets the kind of change.</summary>
    public required ZmtpConnectionChange Change { get; init; }

    /// <summary>Gets the endpoint as given to connect, or as returned by bind for connections that were accepted.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Gets why the connection or the attempt ended.</summary>
    public ZmtpConnectionEndReason Reason { get; init; }

    /// <summary>Gets the failure behind <see cref="Reason"/>, if there is one.</summary>
    public Exception? Exception { get; init; }

    /// <summary>Gets a value indicating whether this socket continues to connect to the endpoint.</summary>
    public bool WillRetry { get; init; }
}
