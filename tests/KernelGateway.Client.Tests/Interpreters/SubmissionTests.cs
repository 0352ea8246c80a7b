using System.Net;
using FluentAssertions;
using KernelGateway.Client.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Interpreters;

/// <summary>Code whose request or answer was lost.</summary>
[CancelAfter(60_000)]
public sealed class SubmissionTests
{
    private static readonly string[] Lines = ["""{"type":"end_of_execution","execution_id":"e","seq":1,"reason":"completed"}"""];

    [Test]
    public async Task Request_that_was_lost_on_the_way_to_a_gateway_is_sent_again_with_its_key(CancellationToken token)
    {
        var gateway = new RecordedGateway(Lines)
        {
            Answer = (number, request) => number switch
            {
                0 => throw new HttpRequestException(HttpRequestError.ResponseEnded, "lost"),
                1 => Problem(HttpStatusCode.NotFound, "execution_not_found"),
                _ => null,
            },
        };
        using var client = gateway.CreateClient();

        await client.RunAsync("x", cancellationToken: token);

        gateway.Requests.Select(request => request.RequestUri!.AbsolutePath).Should().Equal("/execute", "/executions/0", "/execute");
        var keys = gateway.Requests.Where(request => request.RequestUri!.AbsolutePath == "/execute").Select(KeyOf).ToList();
        keys[0].Should().Be(keys[1]);
    }

    [Test]
    public async Task Request_that_was_lost_on_the_way_to_another_service_is_not_sent_again(CancellationToken token)
    {
        var gateway = new RecordedGateway(Lines)
        {
            Answer = (number, _) => number == 0
                ? throw new HttpRequestException(HttpRequestError.ResponseEnded, "lost")
                : new(HttpStatusCode.NotFound) { Content = new StringContent("""{"detail":"Not Found"}""") },
        };
        using var client = gateway.CreateClient();

        var running = () => client.RunAsync("x", cancellationToken: token);

        await running.Should().ThrowAsync<GatewayConnectionException>().WithMessage("*lost*");
        gateway.Requests.Should().HaveCount(2);
    }

    [Test]
    public async Task Request_to_a_known_gateway_is_sent_again_at_once(CancellationToken token)
    {
        var gateway = new RecordedGateway(Lines);
        using var client = gateway.CreateClient();
        await client.RunAsync("x", cancellationToken: token);
        gateway.Answer = (number, _) => number == 1 ? new(HttpStatusCode.ServiceUnavailable) : null;

        await client.RunAsync("y", cancellationToken: token);

        gateway.Requests.Select(request => request.RequestUri!.AbsolutePath).Should().Equal("/execute", "/execute", "/execute");
        KeyOf(gateway.Requests[1]).Should().Be(KeyOf(gateway.Requests[2])).And.NotBe(KeyOf(gateway.Requests[0]));
    }

    [Test]
    public async Task Nothing_is_sent_again_without_retries(CancellationToken token)
    {
        var gateway = new RecordedGateway(Lines) { Answer = (_, _) => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused") };
        using var client = gateway.CreateClient(options => options.MaxRetries = 0);

        var running = () => client.RunAsync("x", cancellationToken: token);

        await running.Should().ThrowAsync<GatewayConnectionException>();
        gateway.Requests.Should().ContainSingle();
    }

    private static HttpResponseMessage Problem(HttpStatusCode status, string code) =>
        new(status) { Content = new StringContent($$"""{"status":{{(int)status}},"code":"{{code}}","detail":"No."}""") };

    private static string KeyOf(HttpRequestMessage request) => request.Headers.GetValues("Idempotency-Key").Single();
}
