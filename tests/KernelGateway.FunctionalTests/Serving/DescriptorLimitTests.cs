using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Serving;

public sealed class DescriptorLimitTests
{
    private const int Descriptors = 256;

    [Test]
    [RequiresKernel]
    [CancelAfter(120_000)]
    public async Task Five_times_as_many_connections_as_descriptors_leave_the_server_at_work(CancellationToken cancellationToken)
    {
        await using var server = await ServerProcess.StartUnderDescriptorLimitAsync(
            Descriptors, cancellationToken, "--auth", "none", "--warm", "none");
        using var served = new HttpClient { BaseAddress = server.Url };
        (await ExecuteAsync(served, "x = 20", cancellationToken)).Should().Contain("\"reason\":\"completed\"");

        var strangers = new List<Socket>();
        for (var i = 0; i < 5 * Descriptors; i++) strangers.Add(await ConnectAsync(server.Url, cancellationToken));

        // The client with an open connection is served. A further kernel does not fit, which is reported and affects no other client.
        (await ExecuteAsync(served, "x + 22", cancellationToken)).Should().Contain("\"text\":\"42\"");
        using var created = await served.PostAsync("/contexts", new StringContent("{}", Encoding.UTF8, "application/json"), cancellationToken);
        created.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        (await created.Content.ReadAsStringAsync(cancellationToken)).Should().Contain("file descriptors");
        (await ExecuteAsync(served, "x + 22", cancellationToken)).Should().Contain("\"text\":\"42\"");
        OpenDescriptors(server.ProcessId).Should().BeLessThan(Descriptors);
        await server.Lines.WaitForAsync(line => line.Contains("wait to be accepted", StringComparison.Ordinal), cancellationToken);

        foreach (var stranger in strangers) stranger.Dispose();
        using var newcomer = new HttpClient { BaseAddress = server.Url };
        (await ExecuteAsync(newcomer, "x + 1", cancellationToken)).Should().Contain("\"text\":\"21\"");
        server.Lines.Items.Count(line => line.Contains("wait to be accepted", StringComparison.Ordinal)).Should().BeLessThan(4, "the log is not flooded");
    }

    private static async Task<Socket> ConnectAsync(Uri url, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            // Not awaited, because connections stay pending while the system's queue is full.
            _ = socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, url.Port), cancellationToken).AsTask()
                .ContinueWith(task => task.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await Task.Yield();
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<string> ExecuteAsync(HttpClient client, string code, CancellationToken cancellationToken)
    {
        var body = new StringContent($$"""{"code": "{{code}}"}""", Encoding.UTF8, "application/json");
        using var response = await client.PostAsync("/execute", body, cancellationToken);
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }

    private static int OpenDescriptors(int processId) =>
        Directory.EnumerateFileSystemEntries(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/fd")).Count();
}
