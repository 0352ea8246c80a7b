using System.Text;

namespace KernelGateway.Zmtp.Handshake;

/// <summary>The 64 octets each side sends first.</summary>
/// <remarks>37/ZMTP, Greeting:
/// | FF | padding: 8 | 7F | major | minor | mechanism: 20, NUL-padded | as-server | filler: 31 |.
/// Padding, as-server and filler are not judged: real peers put all sorts of things there.</remarks>
internal readonly record struct ZmtpGreeting(byte Major, byte Minor, string Mechanism)
{
    public const int Bytes = 64;
    private const int SignatureEnd = 9;
    private const int MajorAt = 10;
    private const int MinorAt = 11;
    private const int MechanismAt = 12;
    private const int MechanismBytes = 20;
    private const int AsServerAt = 32;
    private const byte OurMajor = 3;
    private const byte OurMinor = 1;

    public static byte[] Encode(string mechanism, bool asServer)
    {
        var greeting = new byte[Bytes];
        greeting[0] = 0xFF;
        greeting[SignatureEnd] = 0x7F;
        greeting[MajorAt] = OurMajor;
        greeting[MinorAt] = OurMinor;
        Encoding.ASCII.GetBytes(mechanism, greeting.AsSpan(MechanismAt, MechanismBytes));
        greeting[AsServerAt] = asServer ? (byte)1 : (byte)0;
        return greeting;
    }

    /// <summary>Reads a greeting; false while it is not whole. Refuses as soon as the octets that are there cannot become one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out ZmtpGreeting greeting)
    {
        greeting = default;
        if (source.Length > 0 && source[0] != 0xFF)
            throw new ZmtpProtocolException($"The first octet is 0x{source[0]:x2}; a ZMTP greeting begins with 0xff.");
        if (source.Length > SignatureEnd && (source[SignatureEnd] & 1) == 0)
            throw new ZmtpProtocolException("The peer speaks ZMTP 1.0, which is not supported.");

        // A ZMTP 2.0 peer sends no 64 octets: waiting for them would only end at the deadline.
        if (source.Length > MajorAt && source[MajorAt] < OurMajor)
            throw new ZmtpProtocolException($"The peer speaks ZMTP {source[MajorAt]}.x; 3.0 or later is needed.");
        if (source.Length < Bytes) return false;

        var mechanism = source.Slice(MechanismAt, MechanismBytes);
        var end = mechanism.IndexOf((byte)0);
        if (end >= 0 && mechanism[end..].ContainsAnyExcept((byte)0))
            throw new ZmtpProtocolException("The mechanism's name is followed by other octets than zeros.");
        var name = PeerText.Printable(end < 0 ? mechanism : mechanism[..end]);

        // A higher version is spoken to as the highest we know.
        var minor = source[MajorAt] > OurMajor ? OurMinor : Math.Min(source[MinorAt], OurMinor);
        greeting = new ZmtpGreeting(OurMajor, minor, name);
        return true;
    }
}
