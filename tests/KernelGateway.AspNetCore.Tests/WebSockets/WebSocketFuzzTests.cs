using FluentAssertions;
using KernelGateway.AspNetCore.WebSockets;
using KernelGateway.Testing.Fuzzing;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.WebSockets;

/// <summary>Reads damaged frames of clients.</summary>
public sealed class WebSocketFuzzTests
{
    private const int Streams = 20_000;
    private const int MaxMessageBytes = 10_000;
    private const int LongestPayload = 6_000;

    private static readonly byte[] FirstBytes = [0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x88, 0x89, 0x8A];

    [Test]
    [Category("Slow")]
    [CancelAfter(120_000)]
    public void Damaged_frames_are_read_or_refused_whatever_pieces_they_come_in(CancellationToken token) =>
        new FuzzRun(TestContext.Out) { FixedBytes = 1 << 20 }.Try(
            Streams,
            random => (Bytes: MakeStream(random), PieceBytes: random.Next(1, 5_000)),
            input => [input.Bytes],
            input =>
            {
                var (pieces, pieceStatus) = Read(input.Bytes, input.PieceBytes);
                var (whole, wholeStatus) = Read(input.Bytes, int.MaxValue);
                pieceStatus.Should().Be(wholeStatus);
                pieces.Select(unit => unit.Opcode).Should().Equal(whole.Select(unit => unit.Opcode));
                for (var i = 0; i < whole.Count; i++)
                    if (!pieces[i].Payload.AsSpan().SequenceEqual(whole[i].Payload)) throw new InvalidOperationException("Reading in pieces gives a different payload.");
                Drain(input.Bytes, input.PieceBytes);
                return whole.Count;
            },
            token);

    private static byte[] MakeStream(Random random)
    {
        var bytes = new List<byte>();
        for (var frames = random.Next(1, 8); frames > 0; frames--)
        {
            var first = FirstBytes[random.Next(FirstBytes.Length)];
            var payload = new byte[first >= 0x88 ? random.Next(126) : random.Next(random.Next(2) == 0 ? 200 : LongestPayload)];
            if (random.Next(2) == 0) payload.AsSpan().Fill((byte)'x');
            else random.NextBytes(payload);
            bytes.AddRange(RawClient.Frame(first, payload));
        }

        return random.Next(4) == 0 ? [.. bytes] : ByteMutator.Mutate(bytes.ToArray(), random, RawClient.Frame(0x82, new byte[50]));
    }

    private static (List<(WebSocketOpcode Opcode, byte[] Payload)> Units, int Status) Read(byte[] bytes, int pieceBytes)
    {
        using var decoder = new WebSocketDecoder(MaxMessageBytes);
        var units = new List<(WebSocketOpcode, byte[])>();
        try
        {
            Decoding.Decode(decoder, bytes, pieceBytes, (opcode, payload) =>
            {
                units.Add((opcode, payload));
                if (payload.Length > MaxMessageBytes) throw new InvalidOperationException("The limit does not hold.");
                if (opcode == WebSocketOpcode.Close) _ = WebSocketCloseFrame.Read(payload);
            });
            return (units, 0);
        }
        catch (WebSocketProtocolException violation)
        {
            return (units, (int)violation.Status);
        }
    }

    private static void Drain(byte[] bytes, int pieceBytes)
    {
        var drain = new WebSocketDrain(skip: 0);
        foreach (var piece in bytes.Chunk(pieceBytes))
            if (drain.Feed(piece)) return;
    }
}
