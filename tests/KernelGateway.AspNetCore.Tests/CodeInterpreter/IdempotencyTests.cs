using System.Net;
using System.Net.Http.Headers;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.CodeInterpreter;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.CodeInterpreter;

[CancelAfter(60_000)]
public sealed class IdempotencyTests
{
    private const string Key = "8e03978e-40d5-43dd-bc93-6894a57f9324";

    [Test]
    public async Task Request_that_is_sent_again_gets_the_same_execution_from_its_first_event(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var first = await ExecuteAsync(server, Key, "print a\nreturn 1", cancellationToken);
        using var second = await ExecuteAsync(server, Key, "print a\nreturn 1", cancellationToken);

        var lines = await first.ReadAllAsync(cancellationToken);
        (await second.ReadAllAsync(cancellationToken)).Select(line => line.ToString()).Should().Equal(lines.Select(line => line.ToString()));
        second.ExecutionId.Should().Be(first.ExecutionId);
        (await server.KernelAsync(cancellationToken)).GetReceivedCode().Should().ContainSingle();
    }

    [Test]
    public async Task Request_that_is_sent_again_while_the_first_one_waits_for_its_kernel_waits_too(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var launched = new TaskCompletionSource();
        server.Provisioner.BeforeLaunch = token => launched.Task.WaitAsync(token);
        var first = ExecuteAsync(server, Key, "return 1", cancellationToken);
        await server.Provisioner.Launches.WaitForAsync(_ => true, 1, cancellationToken);
        var second = ExecuteAsync(server, Key, "return 1", cancellationToken);

        launched.SetResult();

        using var firstStream = await first;
        using var secondStream = await second;
        secondStream.ExecutionId.Should().Be(firstStream.ExecutionId);
        await secondStream.ReadAllAsync(cancellationToken);
        (await server.KernelAsync(cancellationToken)).GetReceivedCode().Should().ContainSingle();
    }

    [TestCase("return 2", null)]
    [TestCase("return 1", 10)]
    public async Task Key_of_another_request_is_refused(string code, int? timeout, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var first = await ExecuteAsync(server, Key, "return 1", cancellationToken);

        using var response = await PostAsync(server, Key, code, cancellationToken, timeout);

        response.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        ((string?)(await response.JsonAsync(cancellationToken))["code"]).Should().Be("idempotency_key_reused");
    }

    [Test]
    public async Task Request_without_a_key_and_one_with_another_key_run_again(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var first = await ExecuteAsync(server, Key, "return 1", cancellationToken);
        using var other = await ExecuteAsync(server, Key + "2", "return 1", cancellationToken);
        using var without = await ExecuteAsync(server, null, "return 1", cancellationToken);

        new[] { first.ExecutionId, other.ExecutionId, without.ExecutionId }.Should().OnlyHaveUniqueItems();
    }

    [Test]
    public async Task Refused_request_leaves_its_key_unused(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var body = new JObject { ["code"] = "return 1", ["context_id"] = "none" };

        for (var attempt = 0; attempt < 2; attempt++)
        {
            using var refused = await PostAsync(server, Key, body, cancellationToken);
            refused.StatusCode.Should().Be(HttpStatusCode.NotFound);
            refused.Headers.GetValues("X-Error-Code").Should().Equal("context_not_found");
        }

        using var accepted = await ExecuteAsync(server, Key, "return 1", cancellationToken);
        (await accepted.ReadAllAsync(cancellationToken)).Should().NotBeEmpty();
    }

    [Test]
    public async Task Key_of_an_execution_that_is_no_longer_kept_does_not_run_the_code_again(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(options => options.RetainedExecutions = 1);
        using (var first = await ExecuteAsync(server, Key, "return 1", cancellationToken)) await first.ReadAllAsync(cancellationToken);
        for (var other = 0; other < 3; other++)
        {
            using var stream = await ExecuteAsync(server, null, "return 2", cancellationToken);
            await stream.ReadAllAsync(cancellationToken);
        }

        using var response = await PostAsync(server, Key, "return 1", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        ((string?)(await response.JsonAsync(cancellationToken))["code"]).Should().Be("execution_not_found");
    }

    [Test]
    public async Task Key_that_is_too_long_is_refused(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await PostAsync(server, new string('k', 256), "return 1", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        ((string?)(await response.JsonAsync(cancellationToken))["detail"]).Should().Contain("Idempotency-Key");
    }

    [Test]
    public void Oldest_key_is_forgotten_when_there_are_too_many()
    {
        var keys = new IdempotencyKeys(maxKeys: 2);
        foreach (var key in (string[])["a", "b", "c"]) keys.Use(key, "same").Submission!.Complete("execution");

        keys.Use("b", "same").Submission.Should().BeNull();
        keys.Use("a", "same").Submission.Should().NotBeNull();
    }

    private static async Task<LineStream> ExecuteAsync(GatewayServer server, string? key, string code, CancellationToken cancellationToken)
    {
        var response = await PostAsync(server, key, code, cancellationToken);
        response.EnsureSuccessStatusCode();
        return new LineStream(response, await response.Content.ReadAsStreamAsync(cancellationToken));
    }

    private static Task<HttpResponseMessage> PostAsync(
        GatewayServer server, string? key, string code, CancellationToken cancellationToken, int? timeout = null)
    {
        var body = new JObject { ["code"] = code, ["on_disconnect"] = "continue" };
        if (timeout is not null) body["timeout"] = timeout;
        return PostAsync(server, key, body, cancellationToken);
    }

    private static async Task<HttpResponseMessage> PostAsync(GatewayServer server, string? key, JObject body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/execute")
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToString(Formatting.None))),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }
}
