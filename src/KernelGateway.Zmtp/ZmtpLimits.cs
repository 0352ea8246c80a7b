namespace KernelGateway.Zmtp;

/// <summary>The limits of the memory that a peer can use.</summary>
internal readonly record struct ZmtpLimits(long MaxFrameBytes, long MaxMessageBytes, int MaxFramesPerMessage)
{
    // The topic is the only part of a command that can be long. Real topics are far shorter.
    public const int MaxCommandBytes = 64 * 1024;

    public static ZmtpLimits From(ZmtpSocketOptions options) => new(
        options.MaxFrameBytes == 0 ? Array.MaxLength : Math.Min(options.MaxFrameBytes, Array.MaxLength),
        options.MaxMessageBytes == 0 ? long.MaxValue : options.MaxMessageBytes,
        options.MaxFramesPerMessage == 0 ? int.MaxValue : options.MaxFramesPerMessage);
}
