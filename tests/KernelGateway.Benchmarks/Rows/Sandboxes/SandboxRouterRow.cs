using System.Security.Cryptography;
using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Rows.Sandboxes;

/// <summary>
/// What the router adds to a small request, and the rates at which it relays files; beside the sidecar without it.
/// </summary>
internal static class SandboxRouterRow
{
    private const double AddedTarget = 200e-6;
    private const double DownTarget = 0.85;
    private const double UpTarget = 0.5;
    private const int FileBytes = 128 << 20;
    private const string FileTarget = "/files?path=%2Fhome%2Fuser%2Ffile&username=user";

    // The last bytes of the file: a download is complete when they are there.
    private static ReadOnlySpan<byte> Marker => "the end of the file"u8;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        await using var service = await SandboxService.StartAsync(session.Workplace, cancellationToken);
        using var client = service.Connect();
        var sandbox = await client.RunAsync(calls => calls.Create("base"), Repetition.TurnLimit, cancellationToken);
        using var direct = service.ConnectToSidecar(sandbox);
        var routed = client.Connection;
        var source = Path.Combine(session.Workplace.Directory, "relayed");
        try
        {
            WriteSource(source);
            return
            [
                await MeasureSmallAsync(session, sandbox, routed, direct, cancellationToken),
                .. await MeasureRatesAsync(session, sandbox, routed, direct, source, cancellationToken),
            ];
        }
        finally
        {
            File.Delete(source);
        }
    }

    private static Task<Row> MeasureSmallAsync(
        Session session, BenchSandbox sandbox, HttpConnection routed, HttpConnection direct, CancellationToken cancellationToken)
    {
        var request = SandboxClient.CreatePortRequest(sandbox, SandboxClient.CodeInterpreterPort, "GET", "/health");
        return session.Choose(new Repetition(500, 12, 100), new Repetition(2000, 40, 200)).RunAsync(
            "small request to a sandbox",
            Quantity.Time,
            [
                BlockingContender.Create("added by the router", () => MeasureOnce(routed) - MeasureOnce(direct), routed, direct),
                BlockingContender.Create("by way of the router", () => MeasureOnce(routed), routed),
                BlockingContender.Create("to the sidecar's socket", () => MeasureOnce(direct), direct),
            ],
            [Target.Within(AddedTarget)],
            cancellationToken);

        double MeasureOnce(HttpConnection connection) => connection.Measure(request, "OK"u8).Seconds;
    }

    private static async Task<IReadOnlyList<Row>> MeasureRatesAsync(
        Session session,
        BenchSandbox sandbox,
        HttpConnection routed,
        HttpConnection direct,
        string source,
        CancellationToken cancellationToken)
    {
        var download = SandboxClient.CreatePortRequest(sandbox, SandboxClient.ServicesPort, "GET", FileTarget);
        var upload = SandboxClient.CreatePortRequest(
            sandbox, SandboxClient.ServicesPort, "POST", FileTarget, "Content-Type: application/octet-stream\r\n", FileBytes);
        var repetition = session.Choose(new Repetition(1, 3, 1), new Repetition(1, 9, 1));

        // The first upload creates the file.
        var up = await repetition.RunAsync(
            "upload of 128 MiB to a sandbox",
            Quantity.Rate,
            [Upload("by way of the router", routed), Upload("to the sidecar's socket", direct)],
            [Target.AtLeast(UpTarget, reference: 1)],
            cancellationToken);
        var down = await repetition.RunAsync(
            "download of 128 MiB from a sandbox",
            Quantity.Rate,
            [Download("by way of the router", routed), Download("from the sidecar's socket", direct)],
            [Target.AtLeast(DownTarget, reference: 1)],
            cancellationToken);
        return [down, up];

        Contender Upload(string name, HttpConnection connection) =>
            BlockingContender.Create(name, () => connection.MeasureUpload(upload, source), connection).AsRate(FileBytes);

        Contender Download(string name, HttpConnection connection) =>
            BlockingContender.Create(name, () => MeasureDownload(connection), connection).AsRate(FileBytes);

        double MeasureDownload(HttpConnection connection)
        {
            var (seconds, bytes) = connection.Measure(download, Marker);
            return bytes == FileBytes ? seconds : throw new BenchmarkException($"{bytes} of {FileBytes} bytes came.");
        }
    }

    private static void WriteSource(string path)
    {
        var content = RandomNumberGenerator.GetBytes(FileBytes);
        Marker.CopyTo(content.AsSpan(FileBytes - Marker.Length));
        File.WriteAllBytes(path, content);
    }
}
