using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>The resident memory of a server before, during and after other measurements.</summary>
internal sealed class MemoryProfile
{
    private readonly GatewayServer _server;
    private readonly double _before;

    private MemoryProfile(GatewayServer server)
    {
        _server = server;
        server.ForgetPeak();
        _before = server.ResidentBytes;
    }

    /// <summary>Begins with a server that has done the work once, so that its code is compiled and its buffers are there.</summary>
    public static MemoryProfile Begin(GatewayServer server) => new(server);

    /// <summary>Ends the observation.</summary>
    /// <param name="title">The title of the row.</param>
    /// <param name="limit">The limit for the peak in bytes; null for one and a half times what it was before.</param>
    public Row Complete(string title, double? limit = null)
    {
        const double Flat = 1.5;
        Samples[] samples = [new("kernel-gateway, at most"), new("kernel-gateway, before"), new("kernel-gateway, after")];
        samples[0].Add([_server.PeakResidentBytes]);
        samples[1].Add([_before]);
        samples[2].Add([_server.ResidentBytes]);
        var target = limit is { } bytes ? Target.Within(bytes) : Target.AtMost(Flat, reference: 1);
        return new Row(title, Quantity.Memory, samples, [target]);
    }
}
