using System.Text;
using KernelGateway.Zmtp.Framing;

namespace KernelGateway.Zmtp.Tests.Recorded;

/// <summary>A part of a greeting, a command, or a message with all its frames.</summary>
internal sealed record RecordedUnit(bool FromConnector, byte[] Bytes, byte[]? Command, byte[][]? Frames)
{
    public string CommandName => ZmtpCommand.TrySplit(Command, out var name, out _) ? Encoding.ASCII.GetString(name) : string.Empty;

    public byte[] CommandData => ZmtpCommand.TrySplit(Command, out _, out var data) ? data.ToArray() : [];
}
