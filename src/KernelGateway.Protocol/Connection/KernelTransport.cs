namespace KernelGateway.Protocol.Connection;

/// <summary>The transport of the five sockets of a kernel.</summary>
public enum KernelTransport
{
    /// <summary>TCP; <see cref="KernelConnectionInfo.Ip"/> is an address, the ports are ports.</summary>
    Tcp,

    /// <summary>Unix domain sockets; <see cref="KernelConnectionInfo.Ip"/> is a path prefix, the ports are suffixes.</summary>
    Ipc,

    /// <summary>Memory of this process; for a kernel and a client in the same process.</summary>
    InProc,
}
