using KernelGateway.Zmtp.Framing;

namespace KernelGateway.Zmtp.Handshake;

/// <summary>NULL: no security; each side sends READY without waiting for the other's.</summary>
internal sealed class NullMechanism(ZmtpSocketType type, ReadOnlyMemory<byte> routingId) : ZmtpMechanism
{
    public override string Name => "NULL";

    public override ReadOnlyMemory<byte>? RoutingIdForVersion2 => routingId;

    public override byte[]? Start() => ZmtpCommand.Frame(ZmtpCommand.Ready, ZmtpMetadata.Encode(type, routingId));

    public override byte[]? Receive(ReadOnlySpan<byte> command)
    {
        if (!ZmtpCommand.TrySplit(command, out var name, out var data))
            throw new ZmtpProtocolException("A malformed command came where READY was due.");
        if (name.SequenceEqual(ZmtpCommand.Error))
            throw new ZmtpProtocolException($"The peer refused the handshake: ERROR '{ZmtpCommand.ErrorReason(data)}'.") { IsRefusal = true };
        if (!name.SequenceEqual(ZmtpCommand.Ready))
            throw new ZmtpProtocolException("Another command came where READY was due.");
        Peer = ZmtpMetadata.Decode(data);
        return null;
    }
}
