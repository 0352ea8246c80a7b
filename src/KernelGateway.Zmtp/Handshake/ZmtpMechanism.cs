namespace KernelGateway.Zmtp.Handshake;

/// <summary>A security mechanism's side of the handshake on one connection: commands in, commands out, the peer's metadata at the end.</summary>
/// <remarks>Instances serve one connection. It returns frames and not bodies, so that they can be written unchanged.</remarks>
internal abstract class ZmtpMechanism
{
    /// <summary>Gets the name both greetings must carry.</summary>
    public abstract string Name { get; }

    /// <summary>Gets a value indicating whether this side is the server, as far as the mechanism has one.</summary>
    public virtual bool IsServer => false;

    /// <summary>Gets the routing id for a ZMTP 2.0 peer, which has no mechanism; null if such a peer is refused.</summary>
    public virtual ReadOnlyMemory<byte>? RoutingIdForVersion2 => null;

    /// <summary>Gets the metadata of the peer, after the handshake.</summary>
    public ZmtpMetadata? Peer { get; protected set; }

    /// <summary>Returns the command that this side sends first after both greetings, if any.</summary>
    public abstract byte[]? Start();

    /// <summary>Processes a command of the peer and returns the answer to send, if any.</summary>
    /// <exception cref="ZmtpProtocolException">The command is not the expected one, or the peer refused the
    /// handshake.</exception>
    public abstract byte[]? Receive(ReadOnlySpan<byte> command);
}
