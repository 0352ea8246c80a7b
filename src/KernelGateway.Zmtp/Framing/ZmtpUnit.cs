namespace KernelGateway.Zmtp.Framing;

/// <summary>What the decoder found: a whole message, or a command.</summary>
/// <remarks>The body of a command borrows the decoder's buffer until its next call. The caller that takes a message owns it.</remarks>
internal readonly struct ZmtpUnit
{
    public ZmtpUnit(ZmtpMessage message) => Message = message;

    public ZmtpUnit(ReadOnlyMemory<byte> command) => Command = command;

    public ZmtpMessage? Message { get; }

    public ReadOnlyMemory<byte> Command { get; }
}
