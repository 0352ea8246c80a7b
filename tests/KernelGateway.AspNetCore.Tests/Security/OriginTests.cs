using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Security;

/// <summary>What pages of the gateway's origin and of other origins are allowed to do.</summary>
public sealed class OriginTests
{
    private const int TestTimeout = 60_000;

    [TestCase("https://evil.example")]
    [TestCase("null")]
    [TestCase("http://127.0.0.1.evil.example")]
    [CancelAfter(TestTimeout)]
    public async Task Page_of_a_foreign_origin_is_refused_even_with_the_token(string origin, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/contexts");
        request.Headers.Add("Origin", origin);

        using var response = await server.Client.SendAsync(request, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await response.JsonAsync(cancellationToken))["code"]!.ToString().Should().Be("origin_not_allowed");
        response.Headers.Contains("Access-Control-Allow-Origin").Should().BeFalse();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Page_of_the_gateways_own_origin_is_served(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/contexts");
        request.Headers.Add("Origin", server.Address.GetLeftPart(UriPartial.Authority));

        using var response = await server.Client.SendAsync(request, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [TestCase("https://pages.example.com", "https://pages.example.com", "https://pages.example.com")]
    [TestCase("https://*.example.com", "https://a.pages.example.com", "https://a.pages.example.com")]
    [TestCase("http://*.example.com:8080", "http://pages.example.com:8080", "http://pages.example.com:8080")]
    [TestCase("*", "https://any.example", "*")]
    [CancelAfter(TestTimeout)]
    public async Task Page_of_an_allowed_origin_may_ask_beforehand_without_a_token_and_then_call(
        string allowed, string origin, string answered, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(http: options => options.AllowedOrigins.Add(allowed));
        using var stranger = server.NewClient();
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/execute");
        preflight.Headers.Add("Origin", origin);
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");
        using var call = new HttpRequestMessage(HttpMethod.Get, "/contexts");
        call.Headers.Add("Origin", origin);

        using var asked = await stranger.SendAsync(preflight, cancellationToken);
        using var called = await server.Client.SendAsync(call, cancellationToken);

        asked.StatusCode.Should().Be(HttpStatusCode.NoContent);
        asked.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal(answered);
        asked.Headers.GetValues("Access-Control-Allow-Headers").Should().Equal("authorization,content-type");
        asked.Headers.GetValues("Access-Control-Max-Age").Should().Equal("600");
        asked.Headers.GetValues("Access-Control-Allow-Methods").Should().Equal("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
        asked.Headers.Contains("Access-Control-Allow-Credentials").Should().BeFalse();
        called.Headers.GetValues("Access-Control-Expose-Headers").Should().Equal("X-Execution-Id, X-Error-Code, Location, Retry-After");
        called.StatusCode.Should().Be(HttpStatusCode.OK);
        called.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal(answered);
    }

    [TestCase("https://example.com")]
    [TestCase("http://pages.example.com")]
    [TestCase("https://pages.example.com:8443")]
    [TestCase("https://evil.example/.example.com")]
    [TestCase("https://evil.example:1@x.example.com")]
    [TestCase("https://evilexample.com")]
    [TestCase("https://.example.com.evil.example")]
    [CancelAfter(TestTimeout)]
    public async Task Page_outside_a_pattern_of_origins_is_refused(string origin, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(http: options => options.AllowedOrigins.Add("https://*.example.com"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/contexts");
        request.Headers.TryAddWithoutValidation("Origin", origin);

        using var response = await server.Client.SendAsync(request, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.Forbidden);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Credentials_are_allowed_by_the_option(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(http: options =>
        {
            options.AllowedOrigins.Add("https://pages.example.com");
            options.AllowCredentials = true;
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/contexts");
        request.Headers.Add("Origin", "https://pages.example.com");

        using var response = await server.Client.SendAsync(request, cancellationToken);

        response.Headers.GetValues("Access-Control-Allow-Credentials").Should().Equal("true");
    }
}
