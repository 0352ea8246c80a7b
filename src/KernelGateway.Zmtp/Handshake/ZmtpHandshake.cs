using System.Net.Sockets;
using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Transports;

namespace KernelGateway.Zmtp.Handshake;

/// <summary>The ZMTP handshake: greetings, then the commands of the mechanism until the peer is known.</summary>
internal sealed class ZmtpHandshake(ZmtpTransport transport, ZmtpDecoder decoder, ZmtpMechanism mechanism, ZmtpSocketType ourType)
{
    /// <summary>Gets the major version of the connection: 3, or 2 with a peer that has no later one.</summary>
    public byte Major { get; private set; }

    /// <summary>Gets the minor version of the connection.</summary>
    public byte Minor { get; private set; }

    public async ValueTask<ZmtpMetadata> RunAsync()
    {
        // 23/ZMTP, Backwards Interoperability: the bytes after the version byte depend on the peer's version. Signature and
        // version are sent at once: libzmq sends its greeting in pieces, and waits for a part of the peer's greeting before each.
        var ours = ZmtpGreeting.Encode(mechanism.Name, mechanism.IsServer);
        await SendAsync(ours[..ZmtpGreeting.VersionBytes]).ConfigureAwait(false);
        byte major;
        while (!decoder.TryReadMajor(out major))
            await FillAsync().ConfigureAwait(false);
        Major = Math.Min(major, ours[ZmtpGreeting.VersionBytes - 1]);
        var peer = Major < 3 ? await RunVersion2Async().ConfigureAwait(false) : await RunVersion3Async(ours).ConfigureAwait(false);
        await CheckTypeAsync(peer).ConfigureAwait(false);
        return peer;
    }

    // Both sides send a socket type and a routing id. Such a peer has no mechanism: it is refused if security is required.
    private async ValueTask<ZmtpMetadata> RunVersion2Async()
    {
        if (mechanism.RoutingIdForVersion2 is not { } routingId)
            throw new ZmtpProtocolException($"The peer speaks ZMTP 2.0, which has no mechanism {mechanism.Name}.");
        Major = 2;
        decoder.AcceptsCommands = false;
        await SendAsync(Zmtp2Greeting.EncodeRest(ourType, routingId)).ConfigureAwait(false);
        ZmtpMetadata peer;
        while (!decoder.TryReadVersion2(out peer))
            await FillAsync().ConfigureAwait(false);
        return peer;
    }

    private async ValueTask<ZmtpMetadata> RunVersion3Async(byte[] ours)
    {
        await SendAsync(ours[ZmtpGreeting.VersionBytes..]).ConfigureAwait(false);
        ZmtpGreeting greeting;
        while (!decoder.TryReadGreeting(out greeting))
            await FillAsync().ConfigureAwait(false);
        if (greeting.Mechanism != mechanism.Name)
            throw new ZmtpProtocolException($"The peer's mechanism is '{greeting.Mechanism}'; ours is {mechanism.Name}.");
        Minor = greeting.Minor;

        if (mechanism.Start() is { } first) await SendAsync(first).ConfigureAwait(false);
        while (mechanism.Peer is null)
        {
            ZmtpUnit unit;
            while (!decoder.TryRead(out unit))
                await FillAsync().ConfigureAwait(false);
            if (mechanism.Receive(unit.Command.Span) is { } answer) await SendAsync(answer).ConfigureAwait(false);
        }

        return mechanism.Peer;
    }

    private async ValueTask CheckTypeAsync(ZmtpMetadata peer)
    {
        if (ourType.MayTalkTo(peer.SocketType)) return;
        try
        {
            // ZMTP 2.0 has no ERROR.
            if (Major >= 3) await SendAsync(ZmtpCommand.ErrorFrame("Invalid socket type")).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // libzmq has checked the socket type too and has closed the connection; the reason here is more exact.
        }

        throw new ZmtpProtocolException($"A {ourType.WireName()} socket cannot talk to a peer of type '{peer.SocketType}'.");
    }

    private ValueTask SendAsync(byte[] bytes) => transport.SendAsync([bytes]);

    private async ValueTask FillAsync()
    {
        var bytes = await transport.ReceiveAsync(decoder.GetMemory()).ConfigureAwait(false);
        if (bytes == 0) throw new EndOfStreamException();
        decoder.Advance(bytes);
    }
}
