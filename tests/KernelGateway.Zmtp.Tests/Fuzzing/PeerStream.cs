using KernelGateway.Testing.Fuzzing;
using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Tests.Recorded;

namespace KernelGateway.Zmtp.Tests.Fuzzing;

/// <summary>All bytes that one end of a connection sends, and the type of the socket that receives them.</summary>
internal sealed record PeerStream(ZmtpSocketType OurType, byte[] Bytes, int PieceBytes)
{
    private const int LongestSeed = 16 * 1024;
    private const int GreetingBytes = 64;

    private static readonly IReadOnlyList<PeerStream> Recorded = [.. Load()];

    /// <summary>Creates a damaged copy of a recorded stream.</summary>
    public static PeerStream Make(Random random)
    {
        var seed = Recorded[random.Next(Recorded.Count)];
        var other = Recorded[random.Next(Recorded.Count)];

        // A damaged greeting ends the connection before the rest is read, so the greeting is kept in most streams.
        var kept = random.Next(8) == 0 ? 0 : GreetingBytes + (random.Next(3) == 0 ? 0 : random.Next(40));
        kept = Math.Min(kept, seed.Bytes.Length);
        byte[] bytes = [.. seed.Bytes.AsSpan(0, kept), .. ByteMutator.Mutate(seed.Bytes.AsSpan(kept), random, other.Bytes)];
        return new PeerStream(seed.OurType, bytes, 1 + random.Next(random.Next(2) == 0 ? 8 : 2_000));
    }

    private static IEnumerable<PeerStream> Load()
    {
        foreach (var exchange in RecordedExchange.Load().Values)
        {
            foreach (var fromConnector in new[] { true, false })
            {
                var us = fromConnector ? exchange.Binder : exchange.Connector;
                if (!Enum.TryParse<ZmtpSocketType>(us, ignoreCase: true, out var type)) type = ZmtpSocketType.Router;
                byte[] bytes = [.. exchange.Units.Where(unit => unit.FromConnector == fromConnector).SelectMany(unit => unit.Bytes)];
                if (bytes.Length > 0) yield return new PeerStream(type, bytes[..Math.Min(bytes.Length, LongestSeed)], 0);
            }
        }

        // The bytes that jeromq 0.3.6 (ZMTP 2.0) sends as a DEALER and as a PUB.
        yield return new PeerStream(ZmtpSocketType.Router, Convert.FromHexString("ff00000000000000017f010500026d65010000026869"), 0);
        yield return new PeerStream(ZmtpSocketType.Sub, Convert.FromHexString("ff00000000000000017f010100000002746f"), 0);

        using var document = RecordedFile.Open();
        foreach (var malformed in document.RootElement.GetProperty("malformed").EnumerateArray())
            yield return new PeerStream(ZmtpSocketType.Router, Convert.FromHexString(malformed.GetProperty("hex").GetString()!), 0);
    }
}
