using System.Net;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Ports;

public sealed class PortForwardingTests
{
    private const int TestTimeout = 60_000;

    [TestCase("127.0.0.1")]
    [TestCase("[::1]")]
    [CancelAfter(TestTimeout)]
    public async Task Request_and_response_pass_as_they_are(string address, CancellationToken cancellationToken)
    {
        await using var server = await LocalServer.StartAsync(
            async context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                var body = await reader.ReadToEndAsync(context.RequestAborted);
                context.Response.StatusCode = StatusCodes.Status418ImATeapot;
                context.Response.Headers["X-Own"] = "kept";
                context.Response.Headers.SetCookie = "a=b; Path=/";
                await context.Response.WriteAsync($"{context.Request.Method} {context.Features.Get<IHttpRequestFeature>()!.RawTarget} {body}");
            },
            address);

        using var response = await server.SendAsync(
            cancellationToken, "/a%2Fb//c?d=%20e+f&token=other", HttpMethod.Patch, new StringContent("body", Encoding.UTF8));

        response.StatusCode.Should().Be((HttpStatusCode)418);
        response.Headers.GetValues("X-Own").Should().Equal("kept");
        response.Headers.GetValues("Set-Cookie").Should().Equal("a=b; Path=/");
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be("PATCH /a%2Fb//c?d=%20e+f&token=other body");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Host_is_kept_and_the_way_is_added(CancellationToken cancellationToken)
    {
        await using var server = await LocalServer.StartAsync(WriteHeadersAsync);

        var first = await HeadersAsync(server, [], cancellationToken);
        var behindProxy = await HeadersAsync(
            server, [("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "public.example.com")], cancellationToken);

        var host = $"{server.Port}-abc.{LocalServer.Domain}";
        first["Host"]!.ToString().Should().Be(host);
        first["X-Forwarded-For"]!.ToString().Should().Be("127.0.0.1");
        first["X-Forwarded-Host"]!.ToString().Should().Be(host);
        first["X-Forwarded-Proto"]!.ToString().Should().Be("http");
        behindProxy["X-Forwarded-For"]!.ToString().Should().Be("192.0.2.1, 127.0.0.1");
        behindProxy["X-Forwarded-Host"]!.ToString().Should().Be("public.example.com");
        behindProxy["X-Forwarded-Proto"]!.ToString().Should().Be("https");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Token_of_the_gateway_does_not_reach_the_server_and_its_own_credentials_do(CancellationToken cancellationToken)
    {
        await using var server = await LocalServer.StartAsync(WriteHeadersAsync);
        using var client = server.Gateway.NewClient();

        using var request = LocalServer.RequestFor(server.Port, $"/?a=1&token={GatewayServer.Token}");
        request.Headers.Add("E2B-Traffic-Access-Token", GatewayServer.Token);
        request.Headers.Add("Authorization", "Bearer of-the-application");
        using var response = await client.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);

        text.Should().NotContain(GatewayServer.Token).And.Contain("Bearer of-the-application").And.Contain("?a=1");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Headers_name_the_port_under_any_other_name_of_the_gateway(CancellationToken cancellationToken)
    {
        await using var server = await LocalServer.StartAsync(context => context.Response.WriteAsync("from the server"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/contexts");
        request.Headers.Add("E2b-Sandbox-Id", "abc");
        request.Headers.Add("E2b-Sandbox-Port", $"{server.Port}");

        using var response = await server.Gateway.Client.SendAsync(request, cancellationToken);

        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be("from the server");
    }

    [TestCase(49983)]
    [TestCase(49999)]
    [CancelAfter(TestTimeout)]
    public async Task Ports_of_the_services_are_the_gateways_own_routes(int port, CancellationToken cancellationToken)
    {
        await using var gateway = await LocalServer.StartGatewayAsync();
        using var request = LocalServer.RequestFor(port, "/contexts");
        using var byHeader = new HttpRequestMessage(HttpMethod.Get, "/contexts");
        byHeader.Headers.Add("E2b-Sandbox-Id", "debug_sandbox_id");
        byHeader.Headers.Add("E2b-Sandbox-Port", $"{port}");

        foreach (var one in new[] { request, byHeader })
        {
            using var response = await gateway.Client.SendAsync(one, cancellationToken);
            (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be("[]");
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Page_gets_one_answer_about_origins(CancellationToken cancellationToken)
    {
        const string Origin = "https://pages.example.com";
        await using var server = await LocalServer.StartAsync(
            context =>
            {
                if (context.Request.Path == "/own") context.Response.Headers.AccessControlAllowOrigin = "*";
                return Task.CompletedTask;
            },
            http: http => http.AllowedOrigins.Add(Origin));
        server.Gateway.Client.DefaultRequestHeaders.Add("Origin", Origin);

        using var own = await server.SendAsync(cancellationToken, "/own");
        using var none = await server.SendAsync(cancellationToken, "/none");

        own.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal("*");
        none.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal(Origin);
    }

    private static async Task<JObject> HeadersAsync(LocalServer server, (string Name, string Value)[] headers, CancellationToken cancellationToken)
    {
        using var request = LocalServer.RequestFor(server.Port);
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        using var response = await server.Gateway.Client.SendAsync(request, cancellationToken);
        return (JObject)await response.JsonAsync(cancellationToken);
    }

    private static Task WriteHeadersAsync(HttpContext context)
    {
        var headers = new JObject { ["query"] = context.Request.QueryString.Value };
        foreach (var (name, values) in context.Request.Headers) headers[name] = values.ToString();
        return context.Response.WriteAsync(headers.ToString());
    }
}
