namespace KernelGateway.Zmtp.Framing;

/// <summary>The flags byte in front of every frame.</summary>
/// <remarks>37/ZMTP, Framing: bit 0 MORE, bit 1 LONG, bit 2 COMMAND; bits 3 to 7 are zero.</remarks>
internal static class FrameFlags
{
    public const byte More = 0x01;
    public const byte Long = 0x02;
    public const byte Command = 0x04;
    public const byte Reserved = 0xF8;
}
