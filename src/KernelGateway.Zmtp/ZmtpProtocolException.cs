namespace KernelGateway.Zmtp;

/// <summary>The peer has violated ZMTP or a limit; its connection is closed.</summary>
/// <remarks>Other connections of the same socket, and messages already received, are unaffected.</remarks>
public sealed class ZmtpProtocolException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ZmtpProtocolException()
    {
    }

    /// <summary>Creates the exception with a message that states what was expected and what arrived.</summary>
    /// <param name="message">What was expected and what came.</param>
    public ZmtpProtocolException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and the failure behind it.</summary>
    /// <param name="message">What was expected and what came.</param>
    /// <param name="innerException">The failure behind it.</param>
    public ZmtpProtocolException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Gets a value indicating whether the peer answered the handshake with ERROR.</summary>
    public bool IsRefusal { get; init; }
}
