namespace KernelGateway.Zmtp;

/// <summary>A <see cref="Sockets.RouterSocket"/> with <see cref="ZmtpSocketOptions.RouterMandatory"/> could not send a message.</summary>
/// <remarks>The message was not sent; the socket and all its connections work.</remarks>
public sealed class ZmtpUnroutableException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ZmtpUnroutableException()
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">Why the message could not be sent.</param>
    public ZmtpUnroutableException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and the failure behind it.</summary>
    /// <param name="message">Why the message could not be sent.</param>
    /// <param name="innerException">The failure behind it.</param>
    public ZmtpUnroutableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Gets a value indicating whether the peer is there but its queue is full; otherwise no peer has that routing id.</summary>
    public bool IsQueueFull { get; init; }
}
