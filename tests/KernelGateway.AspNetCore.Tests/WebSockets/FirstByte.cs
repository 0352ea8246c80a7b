namespace KernelGateway.AspNetCore.Tests.WebSockets;

/// <summary>The first bytes of unfragmented frames.</summary>
internal static class FirstByte
{
    public const byte Text = 0x81;
    public const byte Binary = 0x82;
    public const byte Close = 0x88;
    public const byte Ping = 0x89;
    public const byte Pong = 0x8A;
}
