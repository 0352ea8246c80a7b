using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Client.Tests.Support;
using KernelGateway.Testing.Time;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Sandboxes;

/// <summary>What the client does with answers of a control plane that refuses, from a server that does as it is told.</summary>
public sealed class ControlPlaneErrorTests
{
    [TestCase(400, typeof(SandboxArgumentException))]
    [TestCase(401, typeof(SandboxAuthenticationException))]
    [TestCase(404, typeof(SandboxTemplateNotFoundException))]
    [TestCase(429, typeof(SandboxRateLimitException))]
    [TestCase(503, typeof(SandboxServiceBusyException))]
    [TestCase(504, typeof(SandboxTimeoutException))]
    [TestCase(507, typeof(NotEnoughSpaceException))]
    [TestCase(500, typeof(SandboxRequestException))]
    public async Task Refusal_has_the_type_of_its_status_and_is_not_repeated(int status, Type type)
    {
        var requests = 0;
        await using var server = await StartAsync(context =>
        {
            Interlocked.Increment(ref requests);
            return ConnectAnswer.JsonAsync(context, status, $$"""{"code":{{status}},"message":"why","error_code":"which"}""");
        });

        var failure = await FailureOf(() => ClientOf(server).CreateAsync());

        failure.Should().BeOfType(type);
        ((int)failure.StatusCode!).Should().Be(status);
        failure.Message.Should().Contain("why");
        requests.Should().Be(1);
    }

    [Test]
    public async Task Code_of_the_service_is_kept()
    {
        await using var server = await StartAsync(
            context => ConnectAnswer.JsonAsync(context, 503, """{"code":503,"message":"full","error_code":"sandbox_capacity_unavailable"}"""));

        (await FailureOf(() => ClientOf(server).CreateAsync())).Code.Should().Be("sandbox_capacity_unavailable");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Refused_request_is_sent_again_after_the_time_that_the_service_asks_for(CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider();
        var requests = 0;
        await using var server = await StartAsync(context =>
        {
            if (Interlocked.Increment(ref requests) == 2)
                return ConnectAnswer.JsonAsync(context, 201, """{"sandboxID":"i1","templateID":"t","clientID":"c","envdVersion":"0.6.13"}""");
            context.Response.Headers.RetryAfter = "7";
            return ConnectAnswer.JsonAsync(context, 429, """{"code":429,"message":"too many"}""");
        });

        var creating = ClientOf(server, time).CreateAsync(cancellationToken: cancellationToken);
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(7), cancellationToken);
        time.Advance(TimeSpan.FromSeconds(7));

        (await creating).SandboxId.Should().Be("i1");
    }

    [Test]
    public async Task Refused_request_is_reported_after_the_last_repetition()
    {
        var requests = 0;
        await using var server = await StartAsync(context =>
        {
            Interlocked.Increment(ref requests);
            context.Response.Headers.RetryAfter = "0";
            return ConnectAnswer.JsonAsync(context, 429, """{"code":429,"message":"too many"}""");
        });

        var failure = await FailureOf(() => ClientOf(server).CreateAsync());

        requests.Should().Be(4);
        failure.Should().BeOfType<SandboxRateLimitException>().Which.RetryAfter.Should().Be(TimeSpan.Zero);
    }

    [Test]
    public async Task Sandbox_of_a_template_that_is_too_old_is_killed()
    {
        var killed = "";
        await using var server = await StartAsync(context =>
        {
            if (context.Request.Method == "POST")
                return ConnectAnswer.JsonAsync(context, 201, """{"sandboxID":"i1","templateID":"t","clientID":"c","envdVersion":"0.0.9"}""");
            killed = $"{context.Request.Method} {context.Request.Path}";
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        });

        var failure = await FailureOf(() => ClientOf(server).CreateAsync());

        failure.Should().BeOfType<SandboxTemplateException>();
        killed.Should().Be("DELETE /sandboxes/i1");
    }

    [Test]
    public async Task Page_of_another_server_is_no_answer()
    {
        await using var server = await StartAsync(context => context.Response.WriteAsync("<html></html>"));

        (await FailureOf(() => ClientOf(server).GetInfoAsync("i1"))).Message.Should().Contain("not JSON");
    }

    [Test]
    public async Task Create_sends_only_what_was_chosen()
    {
        var sent = new List<string>();
        await using var server = await StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            sent.Add($"{context.Request.Path} {await reader.ReadToEndAsync()}");
            await ConnectAnswer.JsonAsync(context, 201, """{"sandboxID":"i1","templateID":"t","clientID":"c","envdVersion":"0.6.13"}""");
        });
        var network = new SandboxNetwork
        {
            RequestHeaders = new Dictionary<string, IReadOnlyDictionary<string, string>> { ["a.test"] = new Dictionary<string, string> { ["X"] = "y" } },
            EgressProxy = new SandboxEgressProxy("proxy.test:1", "me", "secret"),
        };

        await ClientOf(server).CreateAsync();
        await ClientOf(server).CreateAsync(new() { Template = "t", Secure = false, Timeout = TimeSpan.FromMilliseconds(1), Network = network });

        sent.Should().Equal(
            """/v2/sandboxes {"templateID":"code-interpreter-v1"}""",
            """/sandboxes {"templateID":"t","secure":false,"timeout":1,"network":{"rules":{"a.test":[{"transform":{"headers":{"X":"y"}}}]},"egressProxy":"""
            + """{"address":"proxy.test:1","username":"me","password":"secret"}}}""");
        network.EgressProxy.ToString().Should().Be("me@proxy.test:1");
    }

    private static Task<WebServer> StartAsync(RequestDelegate handle) => WebServer.StartAsync(handle, "http://127.0.0.1:0");

    private static SandboxClient ClientOf(WebServer server, TimeProvider? time = null) => new(new SandboxSettings(
        new SandboxClientOptions { ApiKey = "e2b_0", ApiUrl = $"http://127.0.0.1:{server.Port}", TimeProvider = time ?? TimeProvider.System }, _ => null));

    private static async Task<SandboxRequestException> FailureOf(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (SandboxRequestException exception)
        {
            return exception;
        }

        throw new AssertionException("The call has not failed.");
    }
}
