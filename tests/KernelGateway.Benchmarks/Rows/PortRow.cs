using System.Text;
using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>What forwarding to a local port adds to a small request.</summary>
internal static class PortRow
{
    private const double Limit = 150e-6;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        using var backend = PortBackend.Start();
        await using var server = GatewayServer.Start(session.Workplace, "--warm", "none", "--domain", "localhost");
        await server.WaitUntilHealthyAsync(cancellationToken);
        using var direct = new HttpConnection(backend.EndPoint);
        using var forwarded = new HttpConnection(server.EndPoint);
        var request = Encoding.ASCII.GetBytes(
            $"GET / HTTP/1.1\r\nHost: {backend.EndPoint.Port}-bench.localhost\r\nE2B-Traffic-Access-Token: {server.Token}\r\n\r\n");

        var repetition = session.Choose(new Repetition(500, 12, 100), new Repetition(2000, 40, 200));
        return
        [
            await repetition.RunAsync(
                "small request to a local port",
                Quantity.Time,
                [
                    BlockingContender.Create(
                        "added by kernel-gateway", () => MeasureOnce(forwarded, request) - MeasureOnce(direct, request), forwarded, direct),
                    BlockingContender.Create("by way of kernel-gateway", () => MeasureOnce(forwarded, request), forwarded),
                    BlockingContender.Create("direct", () => MeasureOnce(direct, request), direct),
                ],
                [Target.Within(Limit)],
                cancellationToken),
        ];
    }

    private static double MeasureOnce(HttpConnection connection, byte[] request) => connection.Measure(request, PortBackend.Marker).Seconds;
}
