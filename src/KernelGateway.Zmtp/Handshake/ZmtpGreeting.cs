using System.Text;

namespace KernelGateway.Zmtp.Handshake;

/// <summary>The 64 bytes each side sends first.</summary>
/// <remarks>37/ZMTP, Greeting:
/// | FF | padding: 8 | 7F | major | minor | mechanism: 20, NUL-padded | as-server | filler: 31 |.
/// Padding, as-server and filler are not judged: real peers put all sorts of things there.</remarks>
internal readonly record struct ZmtpGreeting(byte Major, byte Minor, string Mechanism)
{
    public const int Bytes = 64;

    /// <summary>The length of a greeting up to the major version: the signature and one byte.</summary>
    public const int VersionBytes = 11;

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

    /// <summary>Reads the peer's major version; false while it has not arrived. Refuses as soon as the bytes that are there cannot become one.</summary>
    public static bool TryReadMajor(ReadOnlySpan<byte> source, out byte major)
    {
        major = 0;
        if (source.Length > 0 && source[0] != 0xFF)
            throw new ZmtpProtocolException($"The first byte is 0x{source[0]:x2}; a ZMTP greeting begins with 0xff.");
        if (source.Length > SignatureEnd && (source[SignatureEnd] & 1) == 0)
            throw new ZmtpProtocolException("The peer speaks ZMTP 1.0, which is not supported.");
        if (source.Length < VersionBytes) return false;

        major = source[MajorAt];
        if (major == 0) throw new ZmtpProtocolException("The peer speaks ZMTP 1.0, which is not supported.");
        return true;
    }

    /// <summary>Reads the greeting of a peer of version 3 or higher; false while it is not whole.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out ZmtpGreeting greeting)
    {
        greeting = default;
        if (!TryReadMajor(source, out var major)) return false;
        if (major < OurMajor) throw new ZmtpProtocolException($"The peer speaks ZMTP {major}.x; its greeting is another one.");
        if (source.Length < Bytes) return false;

        var mechanism = source.Slice(MechanismAt, MechanismBytes);
        var end = mechanism.IndexOf((byte)0);
        if (end >= 0 && mechanism[end..].ContainsAnyExcept((byte)0))
            throw new ZmtpProtocolException("The mechanism's name is followed by other bytes than zeros.");
        var name = PeerText.Printable(end < 0 ? mechanism : mechanism[..end]);

        // A peer with a higher version is served with the highest supported one.
        var minor = major > OurMajor ? OurMinor : Math.Min(source[MinorAt], OurMinor);
        greeting = new ZmtpGreeting(OurMajor, minor, name);
        return true;
    }
}
