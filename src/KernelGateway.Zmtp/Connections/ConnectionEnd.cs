namespace KernelGateway.Zmtp.Connections;

/// <summary>How a connection ended: the first cause, not its echoes.</summary>
internal sealed record ConnectionEnd(ZmtpConnectionEndReason Reason, Exception? Exception);
