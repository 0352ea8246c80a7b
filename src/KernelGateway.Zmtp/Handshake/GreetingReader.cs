using KernelGateway.Zmtp.Framing;

namespace KernelGateway.Zmtp.Handshake;

/// <summary>Reads the peer's greeting, which comes before the first frame, from the buffer of the decoder.</summary>
internal static class GreetingReader
{
    /// <summary>Looks at the peer's major version, which stays to be read.</summary>
    public static bool TryReadMajor(this ZmtpDecoder decoder, out byte major) => ZmtpGreeting.TryReadMajor(decoder.Undecoded, out major);

    /// <summary>Reads the greeting and socket type of a ZMTP 2.0 peer.</summary>
    public static bool TryReadVersion2(this ZmtpDecoder decoder, out ZmtpMetadata metadata)
    {
        if (!Zmtp2Greeting.TryRead(decoder.Undecoded, out metadata, out var length)) return false;
        decoder.Skip(length);
        return true;
    }

    /// <summary>Reads the greeting of a ZMTP 3 peer.</summary>
    public static bool TryReadGreeting(this ZmtpDecoder decoder, out ZmtpGreeting greeting)
    {
        if (!ZmtpGreeting.TryRead(decoder.Undecoded, out greeting)) return false;
        decoder.Skip(ZmtpGreeting.Bytes);
        return true;
    }
}
