namespace KernelGateway.Server.Configuration;

/// <summary>What carries the messages between the gateway and its kernels.</summary>
internal enum MessageTransport
{
    /// <summary>The gateway's own implementation of ZMTP.</summary>
    Zmtp,

    /// <summary>NetMQ.</summary>
    NetMQ,
}
