using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Requests;
using KernelGateway.AspNetCore.Security;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Logging;
using KernelGateway.Testing.Logging;
using KernelGateway.Testing.Time;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Security;

public class RequestGuardTests
{
    private const int TestTimeout = 60_000;

    [TestCase("Authorization", "Bearer the-token")]
    [TestCase("Authorization", "bearer   the-token")]
    [TestCase("Authorization", "token the-token")]
    [TestCase("X-Access-Token", "the-token")]
    [TestCase("X-API-Key", "the-token")]
    [TestCase("E2B-Traffic-Access-Token", "the-token")]
    [CancelAfter(TestTimeout)]
    public async Task Token_is_found_wherever_clients_put_it(string header, string value, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var client = server.NewClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation(header, value);

        using var response = await client.GetAsync("/contexts", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [TestCase("Authorization", "Bearer the-tokeN")]
    [TestCase("Authorization", "Bearer the-token2")]
    [TestCase("Authorization", "Bearer the-toke")]
    [TestCase("Authorization", "the-token")]
    [TestCase("Authorization", "Basic the-token")]
    [TestCase("X-Access-Token", "")]
    [TestCase("X-API-Key", "x")]
    [TestCase("X-Something", "the-token")]
    [CancelAfter(TestTimeout)]
    public async Task Request_without_the_right_token_is_refused(string header, string value, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var client = server.NewClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation(header, value);

        using var response = await client.GetAsync("/contexts", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        response.Headers.WwwAuthenticate.ToString().Should().StartWith("Bearer");
        (await response.JsonAsync(cancellationToken))["code"]!.ToString().Should().Be("unauthorized");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Every_route_except_health_needs_the_token(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var stranger = server.NewClient();
        (string Method, string Path)[] routes =
        [
            ("GET", "/ready"), ("POST", "/execute"), ("GET", "/contexts"), ("POST", "/contexts"), ("GET", "/contexts/x"), ("DELETE", "/contexts/x"),
            ("POST", "/contexts/x/restart"), ("POST", "/contexts/x/interrupt"), ("POST", "/contexts/x/input"), ("GET", "/executions/x"),
            ("GET", "/executions/x/events"), ("POST", "/executions/x/interrupt"), ("GET", "/openapi.json"), ("GET", "/api"), ("GET", "/api/status"), ("GET", "/api/me"),
            ("GET", "/api/kernelspecs"), ("GET", "/api/kernelspecs/x"), ("GET", "/kernelspecs/x/y"), ("HEAD", "/kernelspecs/x/y"),
            ("GET", "/api/kernels"), ("POST", "/api/kernels"), ("GET", "/api/kernels/x"), ("DELETE", "/api/kernels/x"),
            ("POST", "/api/kernels/x/interrupt"), ("POST", "/api/kernels/x/restart"), ("GET", "/api/sessions"), ("POST", "/api/sessions"),
            ("GET", "/api/sessions/x"), ("PATCH", "/api/sessions/x"), ("DELETE", "/api/sessions/x"), ("GET", "/api/spec.yaml"),
            ("GET", "/api/swagger.yaml"), ("GET", "/api/swagger.json"), ("GET", "/api/openapi.json"), ("GET", "/api/unknown"),
            ("PUT", "/api/kernels"), ("PUT", "/execute"),
        ];

        foreach (var (method, path) in routes)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            using var response = await stranger.SendAsync(request, cancellationToken);
            response.StatusCode.Should().Be(HttpStatusCode.Unauthorized, $"{method} {path} needs a token");
        }

        using var health = await stranger.GetAsync("/health", cancellationToken);
        (await health.Content.ReadAsStringAsync(cancellationToken)).Should().Be("\"OK\"");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Token_in_the_query_is_accepted(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var client = server.NewClient();

        using var right = await client.GetAsync("/contexts?source=x&token=the-token", cancellationToken);
        using var wrong = await client.GetAsync("/contexts?token=wrong", cancellationToken);

        right.StatusCode.Should().Be(HttpStatusCode.OK);
        wrong.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Strangers_write_one_line_into_the_log_and_then_a_count_per_interval(CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider();
        await using var server = await GatewayServer.StartAsync(time: time);
        using var stranger = server.NewClient();

        for (var i = 0; i < 50; i++) (await stranger.GetAsync($"/contexts/{i}%1b[2J%0aforged", cancellationToken)).Dispose();

        bool IsLoud(LogEntry entry) => entry.Level > LogLevel.Debug && entry.Category.StartsWith("KernelGateway", StringComparison.Ordinal);
        server.Log.Entries.Where(IsLoud).Should().ContainSingle().Which["Code"].Should().Be("unauthorized");
        server.Log.Entries.Where(entry => entry.EventId.Id == 5001).Should().HaveCount(50).And.NotContain(entry => entry.Message.Contains('\e'));
        time.Advance(RateLimitedLog<string>.Interval);
        server.Log.Entries.Where(IsLoud).Should().HaveCount(2).And.Subject.Last()["Count"].Should().Be(49L);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Without_authentication_loopback_is_served_without_a_token(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(http: options => options.Authentication = KernelGatewayAuthentication.None);
        using var client = server.NewClient();

        using var response = await client.GetAsync("/contexts", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [TestCase(typeof(ClientGoneException))]
    [TestCase(typeof(ConnectionResetException))]
    [TestCase(typeof(ConnectionAbortedException))]
    [TestCase(typeof(OperationCanceledException))]
    [TestCase(typeof(IOException))]
    [TestCase(typeof(ObjectDisposedException))]
    public async Task A_client_that_disconnects_is_logged_at_Debug_at_most(Type exception)
    {
        var log = new LogCollector();
        var guard = new RequestGuard(new KernelGatewayHttpOptions { Authentication = KernelGatewayAuthentication.Application }, log.CreateLogger("x"), TimeProvider.System);
        var isSaidByType = exception.Namespace != nameof(System) && exception != typeof(IOException);
        var context = new DefaultHttpContext { RequestAborted = new CancellationToken(canceled: !isSaidByType) };

        await guard.InvokeAsync(context, _ => throw (Exception)(exception == typeof(ObjectDisposedException)
            ? new ObjectDisposedException("the body")
            : exception == typeof(ClientGoneException) ? new ClientGoneException() : Activator.CreateInstance(exception, "gone")!));

        log.Entries.Should().NotContain(entry => entry.Level > LogLevel.Debug);
    }

    [Test]
    public async Task Failure_with_a_connected_client_is_logged_with_its_stack()
    {
        var log = new LogCollector();
        var guard = new RequestGuard(new KernelGatewayHttpOptions { Authentication = KernelGatewayAuthentication.Application }, log.CreateLogger("x"), TimeProvider.System);

        await guard.InvokeAsync(new DefaultHttpContext(), _ => throw new IOException("No space left on device"));

        log.Entries.Should().Contain(entry => entry.EventId.Id == 5003 && entry.Exception is IOException);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Configured_token_is_never_logged(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var stream = await server.Client.ExecuteAsync("return 1", cancellationToken);
        await stream.ReadAllAsync(cancellationToken);
        using var wrong = server.NewClient("another-token");
        using var refused = await wrong.GetAsync("/contexts", cancellationToken);

        var ours = server.Log.Entries.Where(entry => entry.ToString().Contains("KernelGateway", StringComparison.Ordinal)).ToArray();

        ours.Should().NotBeEmpty();
        ours.Should().NotContain(entry => entry.ToString().Contains("the-token", StringComparison.Ordinal)
            || entry.ToString().Contains("another-token", StringComparison.Ordinal));
    }
}
