namespace KernelGateway.Zmtp.Handshake;

/// <summary>A security mechanism's side of the handshake on one connection: commands in, commands out, the peer's metadata at the end.</summary>
/// <remarks>Instances serve one connection. Frames, not bodies, come out, so that they can be written as they are.</remarks>
internal abstract class ZmtpMechanism
{
    /// <summary>Gets the name both greetings must carry.</summary>
    public abstract string Name { get; }

    /// <summary>Gets a value indicating whether this side is the server, as far as the mechanism has one.</summary>
    public virtual bool IsServer => false;

    /// <summary>Gets the routing id to give to a ZMTP 2.0 peer, which knows no mechanism; null where such a peer is refused.</summary>
    public virtual ReadOnlyMemory<byte>? RoutingIdForVersion2 => null;

    /// <summary>Gets what the peer said about itself, once the handshake is complete.</summary>
    public ZmtpMetadata? Peer { get; protected set; }

    /// <summary>Gives the command this side sends of its own accord once both greetings agree, if any.</summary>
    public abstract byte[]? Start();

    /// <summary>Takes a command of the peer and gives the answer to send, if any.</summary>
    /// <exception cref="ZmtpProtocolException">The command is not the one that is due, or the peer refused.</exception>
    public abstract byte[]? Receive(ReadOnlySpan<byte> command);
}
