namespace KernelGateway.Zmtp.Transports;

/// <summary>What carries the octets.</summary>
internal enum ZmtpTransportKind
{
    Tcp,
    Ipc,
    Inproc,
}
