using KernelGateway.NetMQ;
using KernelGateway.Protocol.Connection;
using KernelGateway.Testing.Scripting;
using KernelGateway.Tests.Kernels;
using KernelGateway.Transports;
using KernelGateway.Transports.Zmtp;

namespace KernelGateway.Tests.Transports;

/// <summary>A transport, and the kind of addresses on which it is tested.</summary>
/// <param name="Name">Its name in the names of tests.</param>
/// <param name="Transport">The transport.</param>
/// <param name="Addresses">Where the scripted kernels listen.</param>
public sealed record TestedTransport(string Name, IChannelTransport Transport, KernelTransport Addresses)
{
    /// <summary>Gets the gateway's own transport, within the process.</summary>
    public static TestedTransport ZmtpInProcess { get; } = new("zmtp-inproc", ZmtpChannelTransport.Instance, KernelTransport.InProc);

    /// <summary>Gets the gateway's own transport over loopback ports.</summary>
    public static TestedTransport ZmtpTcp { get; } = new("zmtp-tcp", ZmtpChannelTransport.Instance, KernelTransport.Tcp);

    /// <summary>Gets the gateway's own transport over Unix sockets.</summary>
    public static TestedTransport ZmtpIpc { get; } = new("zmtp-ipc", ZmtpChannelTransport.Instance, KernelTransport.Ipc);

    /// <summary>Gets NetMQ over loopback ports.</summary>
    public static TestedTransport NetMQTcp { get; } = new("netmq-tcp", new NetMQTransport(), KernelTransport.Tcp);

    /// <summary>Gets every transport with every kind of addresses that it reaches.</summary>
    public static IEnumerable<TestedTransport> All => [ZmtpInProcess, ZmtpTcp, ZmtpIpc, NetMQTcp];

    /// <summary>Gets a value indicating whether a message that is refused ends its connection. NetMQ has received it by then.</summary>
    public bool RefusalEndsConnection => this != NetMQTcp;

    /// <summary>Gets the two transports on which fixtures with scripted kernels run.</summary>
    public static IEnumerable<TestedTransport> OverTcp => [ZmtpTcp, NetMQTcp];

    /// <summary>Gets the transports with the addresses at which other processes can be reached.</summary>
    public static IEnumerable<TestedTransport> BetweenProcesses => [ZmtpTcp, ZmtpIpc, NetMQTcp];

    /// <summary>Starts a gateway with the transport, whose scripted kernels listen on such addresses.</summary>
    internal Task<ScriptedGateway> StartGatewayAsync(Action<ScriptedGateway>? configure = null) => ScriptedGateway.StartAsync(gateway =>
    {
        gateway.Transport = Transport;
        gateway.Addresses = Addresses;
        configure?.Invoke(gateway);
    });

    /// <summary>Starts a kernel on such addresses that does nothing by itself.</summary>
    public Task<ScriptedKernel> StartSilentKernelAsync(CancellationToken cancellationToken) =>
        ScriptedKernel.StartAsync(new ScriptedKernelOptions { Transport = Addresses, IsWellBehaved = false }, cancellationToken);

    public override string ToString() => Name;
}
