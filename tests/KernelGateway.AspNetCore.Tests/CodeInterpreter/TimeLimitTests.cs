using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Notebooks;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.CodeInterpreter;

/// <summary>The field <c>timeout</c> where the operator has set a default and a maximum.</summary>
public sealed class TimeLimitTests
{
    private const int TestTimeout = 60_000;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(0.2);

    [TestCase(null)]
    [TestCase(0.0)]
    [TestCase(0.05)]
    [TestCase(0.2)]
    [CancelAfter(TestTimeout)]
    public async Task No_code_runs_longer_than_the_maximum(double? timeout, CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();

        using var stream = await server.Client.ExecuteAsync("wait for-ever", cancellationToken, new JObject { ["timeout"] = timeout });
        var lines = await stream.ReadAllAsync(cancellationToken);

        lines[^1]["reason"]!.Value<string>().Should().Be("timed_out");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Execute_beyond_the_maximum_is_refused_with_the_maximum(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();

        using var response = await server.Client.PostJsonAsync("/execute", new JObject { ["code"] = "print a", ["timeout"] = 0.21 }, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        var error = (await response.JsonAsync(cancellationToken)).SelectToken("detail[0]")!;
        error["loc"]!.Values<string>().Should().Equal("body", "timeout");
        error["msg"]!.Value<string>().Should().Contain("between 0 and 0.2 seconds");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Notebook_beyond_the_maximum_is_refused_and_one_without_a_limit_gets_it(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();
        var body = NotebookCalls.Body("wait for-ever");

        var answer = await NotebookCalls.RunAsync(server, body, cancellationToken);
        body["timeout"] = 1;
        using var refused = await server.Client.PostJsonAsync(NotebookCalls.Route, body, cancellationToken);

        answer["status"]!.Value<string>().Should().Be("timed_out");
        refused.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await refused.JsonAsync(cancellationToken))["detail"]!.Value<string>().Should().StartWith("timeout: ");
    }

    private static Task<GatewayServer> StartAsync() => GatewayServer.StartAsync(options => options.Contexts.MaxTimeout = Longest);
}
