namespace KernelGateway.Zmtp.Transports;

/// <summary>The transport of the bytes.</summary>
internal enum ZmtpTransportKind
{
    Tcp,
    Ipc,
    Inproc,
}
