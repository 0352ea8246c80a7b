namespace KernelGateway.Zmtp.Connections;

/// <summary>How a connection ended: the first cause, not its consequences.</summary>
internal sealed record ConnectionEnd(ZmtpConnectionEndReason Reason, Exception? Exception);
