namespace KernelGateway.Protocol.Connection;

/// <summary>Says how the five sockets of a kernel are reached.</summary>
public enum KernelTransport
{
    /// <summary>TCP; <see cref="KernelConnectionInfo.Ip"/> is an address, the ports are ports.</summary>
    Tcp,

    /// <summary>Unix domain sockets; <see cref="KernelConnectionInfo.Ip"/> is a path prefix, the ports are suffixes.</summary>
    Ipc,

    /// <summary>Memory of this process; of use where kernel and client share it.</summary>
    InProc,
}
