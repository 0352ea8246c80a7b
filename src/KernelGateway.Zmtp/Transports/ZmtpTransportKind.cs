namespace KernelGateway.Zmtp.Transports;

/// <summary>What carries the bytes.</summary>
internal enum ZmtpTransportKind
{
    Tcp,
    Ipc,
    Inproc,
}
