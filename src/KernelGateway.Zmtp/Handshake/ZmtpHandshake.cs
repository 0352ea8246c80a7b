using System.Net.Sockets;
using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Transports;

namespace KernelGateway.Zmtp.Handshake;

/// <summary>The ZMTP handshake: greetings, then the commands of the mechanism until the peer is known.</summary>
internal sealed class ZmtpHandshake(ZmtpTransport transport, ZmtpDecoder decoder, ZmtpMechanism mechanism, ZmtpSocketType ourType)
{
    public byte PeerMinor { get; private set; }

    public async ValueTask<ZmtpMetadata> RunAsync()
    {
        // All 64 octets at once and without waiting: libzmq sends its own in pieces, each gated on what it has got of ours.
        await SendAsync(ZmtpGreeting.Encode(mechanism.Name, mechanism.IsServer)).ConfigureAwait(false);
        ZmtpGreeting greeting;
        while (!decoder.TryReadGreeting(out greeting))
            await FillAsync().ConfigureAwait(false);
        if (greeting.Mechanism != mechanism.Name)
            throw new ZmtpProtocolException($"The peer's mechanism is '{greeting.Mechanism}'; ours is {mechanism.Name}.");
        PeerMinor = greeting.Minor;

        if (mechanism.Start() is { } first) await SendAsync(first).ConfigureAwait(false);
        while (mechanism.Peer is null)
        {
            ZmtpUnit unit;
            while (!decoder.TryRead(out unit))
                await FillAsync().ConfigureAwait(false);
            if (mechanism.Receive(unit.Command.Span) is { } answer) await SendAsync(answer).ConfigureAwait(false);
        }

        await CheckTypeAsync(mechanism.Peer).ConfigureAwait(false);
        return mechanism.Peer;
    }

    private async ValueTask CheckTypeAsync(ZmtpMetadata peer)
    {
        if (ourType.MayTalkTo(peer.SocketType)) return;
        try
        {
            await SendAsync(ZmtpCommand.ErrorFrame("Invalid socket type")).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // libzmq has looked at our type too and closed already; why we close is the better reason.
        }

        throw new ZmtpProtocolException($"A {ourType.WireName()} socket cannot talk to a peer of type '{peer.SocketType}'.");
    }

    private ValueTask SendAsync(byte[] octets) => transport.SendAsync([octets]);

    private async ValueTask FillAsync()
    {
        var octets = await transport.ReceiveAsync(decoder.GetMemory()).ConfigureAwait(false);
        if (octets == 0) throw new EndOfStreamException();
        decoder.Advance(octets);
    }
}
