using System.Net;
using FluentAssertions;
using KernelGateway.Testing.Time;
using Newtonsoft.Json;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Envd.Connect;

public class ConnectDeadlineTests
{
    private const int TestTimeout = 60_000;
    private const string Watch = "/filesystem.Filesystem/WatchDir";

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Stream_ends_when_its_time_limit_has_passed(CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider();
        await using var server = await EnvdServer.StartAsync(time: time);
        using var stream = await server.StreamAsync(
            Watch, new() { ["path"] = server.Folder }, cancellationToken, ("Connect-Timeout-Ms", "60000"));
        (await stream.ReadAsync(cancellationToken)).Should().ContainKey("start");

        time.Advance(TimeSpan.FromSeconds(60));

        (await stream.ReadEndAsync(cancellationToken))!.ToString(Formatting.None).Should().Be(
            """{"code":"deadline_exceeded","message":"context deadline exceeded"}""");
    }

    [TestCase(null, 90)]
    [TestCase("50", 50)]
    [TestCase("x", 90)]
    [TestCase("0", 90)]
    [CancelAfter(TestTimeout)]
    public async Task Silent_stream_gets_a_keepalive(string? header, int seconds, CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider();
        await using var server = await EnvdServer.StartAsync(time: time);
        (string, string)[] headers = header is null ? [] : [("Keepalive-Ping-Interval", header)];
        using var stream = await server.StreamAsync(Watch, new() { ["path"] = server.Folder }, cancellationToken, headers);
        await stream.ReadAsync(cancellationToken);
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(seconds), cancellationToken);

        // The server has set the timer before the first message if that had to be waited for, and then sets it again behind it.
        var answer = stream.ReadAsync(cancellationToken);
        while (!answer.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            await Task.Yield();
        }

        (await answer).ToString(Formatting.None).Should().Be("""{"keepalive":{}}""");
    }

    [TestCase("-1")]
    [TestCase("1.5")]
    [TestCase("soon")]
    [TestCase("12345678901")]
    [CancelAfter(TestTimeout)]
    public async Task Time_limit_that_is_no_number_is_an_invalid_argument(string value, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/filesystem.Filesystem/Stat")
        {
            Content = new StringContent("{}", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")),
        };
        request.Headers.TryAddWithoutValidation("Connect-Timeout-Ms", value);

        using var unary = await server.Client.SendAsync(request, cancellationToken);
        using var stream = await server.StreamAsync(
            Watch, new() { ["path"] = server.Folder }, cancellationToken, ("Connect-Timeout-Ms", value));

        unary.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        ((string?)(await stream.ReadEndAsync(cancellationToken))!["code"]).Should().Be("invalid_argument");
    }

    [TestCase("9999999999")]
    [TestCase("4294967295")]
    [CancelAfter(TestTimeout)]
    public async Task Very_long_time_limit_is_accepted(string value, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var stream = await server.StreamAsync(
            Watch, new() { ["path"] = server.Folder }, cancellationToken, ("Connect-Timeout-Ms", value));

        (await stream.ReadAsync(cancellationToken)).Should().ContainKey("start");
    }
}
