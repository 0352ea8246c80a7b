using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Ports;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Testing.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Ports;

public sealed class PortRefusalTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Closed_port_is_tried_five_times_and_then_not_open(CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider();
        await using var gateway = await LocalServer.StartGatewayAsync(time: time);
        var port = LocalServer.FindFreePort();

        using var request = LocalServer.RequestFor(port);
        var answering = gateway.Client.SendAsync(request, cancellationToken);
        foreach (var pause in PortDialer.Pauses)
        {
            await time.WaitForTimerAsync(pause, cancellationToken);
            time.Advance(pause);
        }

        using var response = await answering;
        response.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        response.Content.Headers.ContentType!.ToString().Should().Be("application/json; charset=utf-8");
        (await response.JsonAsync(cancellationToken)).ToString(Formatting.None).Should().Be(
            $$"""{"sandboxId":"abc","message":"The sandbox is running but port is not open","port":{{port}},"code":502}""");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Server_that_listens_a_little_later_is_reached(CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider();
        await using var gateway = await LocalServer.StartGatewayAsync(time: time);
        var port = LocalServer.FindFreePort();
        using var request = LocalServer.RequestFor(port);
        var answering = gateway.Client.SendAsync(request, cancellationToken);
        await time.WaitForTimerAsync(PortDialer.Pauses[0], cancellationToken);

        await using var late = await WebServer.StartAsync(context => context.Response.WriteAsync("late"), $"http://127.0.0.1:{port}");
        time.Advance(PortDialer.Pauses[0]);

        using var response = await answering;
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be("late");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Port_of_the_gateway_itself_is_not_open(CancellationToken cancellationToken)
    {
        await using var gateway = await LocalServer.StartGatewayAsync();

        using var request = LocalServer.RequestFor(gateway.Address.Port, "/contexts");
        using var response = await gateway.Client.SendAsync(request, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        (await response.JsonAsync(cancellationToken))["port"]!.ToObject<int>().Should().Be(gateway.Address.Port);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Connection_that_is_lost_before_a_response_is_not_open(CancellationToken cancellationToken)
    {
        await using var server = await LocalServer.StartAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });

        using var response = await server.SendAsync(cancellationToken, method: HttpMethod.Post, content: new StringContent("x"));

        response.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        (await response.JsonAsync(cancellationToken))["port"]!.ToObject<int>().Should().Be(server.Port);
    }

    [TestCase(null, "is missing")]
    [TestCase("wrong", "Provided token in header 'e2b-traffic-access-token' is invalid")]
    [CancelAfter(TestTimeout)]
    public async Task Request_without_the_right_token_does_not_reach_the_server(string? token, string said, CancellationToken cancellationToken)
    {
        var reached = false;
        await using var server = await LocalServer.StartAsync(_ =>
        {
            reached = true;
            return Task.CompletedTask;
        });
        using var stranger = server.Gateway.NewClient();
        if (token is not null) stranger.DefaultRequestHeaders.Add("E2B-Traffic-Access-Token", token);

        using var response = await server.SendAsync(cancellationToken, client: stranger);

        response.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        var body = await response.JsonAsync(cancellationToken);
        body["sandboxId"]!.ToString().Should().Be("abc");
        body["message"]!.ToString().Should().StartWith("Sandbox is secured with traffic access token. ").And.Contain(said);
        body["code"]!.ToObject<int>().Should().Be(403);
        reached.Should().BeFalse();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Browser_that_opens_a_page_gets_a_page(CancellationToken cancellationToken)
    {
        await using var gateway = await LocalServer.StartGatewayAsync();
        using var request = LocalServer.RequestFor(gateway.Address.Port);
        request.Headers.UserAgent.ParseAdd("Mozilla/5.0");
        request.Headers.Accept.ParseAdd("text/html");

        using var response = await gateway.Client.SendAsync(request, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        response.Content.Headers.ContentType!.MediaType.Should().Be("text/html");
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Contain($"port is not open: {gateway.Address.Port}");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Malformed_name_is_answered_with_the_reason_as_text(CancellationToken cancellationToken)
    {
        await using var gateway = await LocalServer.StartGatewayAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Host = $"x-abc.{LocalServer.Domain}";

        using var response = await gateway.Client.SendAsync(request, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be("Invalid sandbox port");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Nothing_is_forwarded_without_a_domain(CancellationToken cancellationToken)
    {
        await using var gateway = await GatewayServer.StartAsync(app: app => app.UseKernelGatewayPorts());
        using var byName = LocalServer.RequestFor(3000, "/contexts");
        using var byHeader = new HttpRequestMessage(HttpMethod.Get, "/contexts");
        byHeader.Headers.Add("E2b-Sandbox-Id", "abc");
        byHeader.Headers.Add("E2b-Sandbox-Port", "3000");

        using var refused = await gateway.Client.SendAsync(byName, cancellationToken);
        using var own = await gateway.Client.SendAsync(byHeader, cancellationToken);

        refused.StatusCode.Should().Be(HttpStatusCode.Forbidden, "the name is not the gateway's");
        (await own.Content.ReadAsStringAsync(cancellationToken)).Should().Be("[]");
    }

    [TestCase("http://example.com", KernelGatewayAuthentication.Token)]
    [TestCase("example.com:8443", KernelGatewayAuthentication.Token)]
    [TestCase("127.0.0.1", KernelGatewayAuthentication.Token)]
    [TestCase("", KernelGatewayAuthentication.Token)]
    [TestCase("example.com", KernelGatewayAuthentication.None)]
    public void Impossible_domain_is_refused(string domain, KernelGatewayAuthentication authentication)
    {
        var options = new KernelGatewayHttpOptions { Domain = domain, Authentication = authentication };

        new KernelGatewayHttpOptionsValidator().Validate(null, options).FailureMessage.Should().Contain("Domain");
    }

    [Test]
    public async Task Missing_services_are_named()
    {
        var starting = () => GatewayServer.StartAsync(http: http => http.Domain = LocalServer.Domain, app: app => app.UseKernelGatewayPorts());

        await starting.Should().ThrowAsync<InvalidOperationException>().WithMessage("*AddPortForwarding*");
    }
}
