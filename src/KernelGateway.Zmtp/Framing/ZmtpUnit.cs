namespace KernelGateway.Zmtp.Framing;

/// <summary>The result of the decoder: a whole message, or a command.</summary>
/// <remarks>The body of a command borrows the decoder's buffer until its next call. The caller owns the message.</remarks>
internal readonly struct ZmtpUnit
{
    public ZmtpUnit(ZmtpMessage message) => Message = message;

    public ZmtpUnit(ReadOnlyMemory<byte> command) => Command = command;

    public ZmtpMessage? Message { get; }

    public ReadOnlyMemory<byte> Command { get; }
}
