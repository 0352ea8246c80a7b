namespace KernelGateway.Zmtp.Connections;

/// <summary>How a connection ended: the first cause, not what followed from it.</summary>
internal sealed record ConnectionEnd(ZmtpConnectionEndReason Reason, Exception? Exception);
