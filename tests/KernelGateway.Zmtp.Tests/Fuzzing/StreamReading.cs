using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Subscriptions;

namespace KernelGateway.Zmtp.Tests.Fuzzing;

/// <summary>The result of reading a stream with handshake and decoder: the number of units, a digest of them, and how the reading ended.</summary>
internal sealed record StreamReading(int Units, int Digest, string End)
{
    private static readonly ZmtpLimits Limits = new(MaxFrameBytes: 1 << 20, MaxMessageBytes: 2 << 20, MaxFramesPerMessage: 100);

    /// <summary>Reads a stream in pieces of a given size. A protocol error ends the reading. Any other exception is thrown.</summary>
    public static StreamReading Read(ZmtpSocketType ourType, ReadOnlyMemory<byte> bytes, int pieceBytes, out int steps)
    {
        using var transport = new BytesTransport(bytes, pieceBytes);
        using var decoder = new ZmtpDecoder(Limits);
        var digest = default(HashCode);
        var units = 0;
        var end = "read";
        try
        {
            var handshake = new ZmtpHandshake(transport, decoder, new NullMechanism(ourType, default), ourType).RunAsync();
            if (!handshake.IsCompleted) throw new InvalidOperationException("The handshake waits although all bytes have arrived.");
#pragma warning disable VSTHRD002   // the task has completed
            var metadata = handshake.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
            digest.AddBytes(metadata.RoutingId);
            decoder.AcceptsMessages = true;
            decoder.MessagePrefix = metadata.RoutingId;
            while (true)
            {
                while (decoder.TryRead(out var unit))
                {
                    units++;
                    Note(unit, ref digest);
                }

                var count = transport.Receive(decoder.GetMemory());
                if (count == 0) break;
                decoder.Advance(count);
            }
        }
        catch (EndOfStreamException)
        {
            end = "cut off in the handshake";
        }
        catch (ZmtpProtocolException e)
        {
            end = e.IsRefusal ? "refused" : "broken";
        }

        steps = units + transport.Reads;
        return new StreamReading(units, digest.ToHashCode(), end);
    }

    private static void Note(in ZmtpUnit unit, ref HashCode digest)
    {
        if (unit.Message is null)
        {
            var command = unit.Command.Span;
            digest.AddBytes(command);
            if (!ZmtpCommand.TrySplit(command, out _, out var data)) return;
            if (ZmtpCommand.TryAnswerPing(data, out var pong, out var ttl)) digest.Add((pong.Length, ttl));
            digest.Add(ZmtpCommand.ErrorReason(data), StringComparer.Ordinal);
            return;
        }

        using (unit.Message)
        {
            if (SubscriptionChange.TryRead(unit.Message, out var subscribe, out var topic)) digest.Add((subscribe, topic.Length));
            digest.Add(unit.Message.Count);
            foreach (var frame in unit.Message) digest.AddBytes(frame.Span);
        }
    }
}
