using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Security;

public sealed class HostCheckTests
{
    private const int TestTimeout = 60_000;

    [TestCase("localhost:1", HttpStatusCode.OK)]
    [TestCase("kernels.localhost", HttpStatusCode.OK)]
    [TestCase("127.0.0.1", HttpStatusCode.OK)]
    [TestCase("[::1]:80", HttpStatusCode.OK)]
    [TestCase("10.1.2.3:49999", HttpStatusCode.OK)]
    [TestCase("kernels.example.com", HttpStatusCode.OK)]
    [TestCase("a.wild.example.com", HttpStatusCode.OK)]
    [TestCase("wild.example.com", HttpStatusCode.Forbidden)]
    [TestCase("evil.example", HttpStatusCode.Forbidden)]
    [TestCase("localhost.evil.example", HttpStatusCode.Forbidden)]
    [TestCase("127.0.0.1.evil.example", HttpStatusCode.Forbidden)]
    [CancelAfter(TestTimeout)]
    public async Task Name_that_is_not_the_gateways_is_refused(string host, HttpStatusCode status, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(http: options =>
        {
            options.AllowedHosts.Add("kernels.example.com");
            options.AllowedHosts.Add("*.wild.example.com");
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/contexts") { Headers = { Host = host } };

        using var response = await server.Client.SendAsync(request, cancellationToken);

        response.StatusCode.Should().Be(status);
        if (status == HttpStatusCode.Forbidden)
        {
            (await response.JsonAsync(cancellationToken))["code"]!.ToString().Should().Be("host_not_allowed");
        }
    }

    [TestCase("localhost:1", HttpStatusCode.OK)]
    [TestCase("kernels.localhost", HttpStatusCode.OK)]
    [TestCase("127.0.0.1", HttpStatusCode.OK)]
    [TestCase("127.9.8.7:80", HttpStatusCode.OK)]
    [TestCase("[::1]:80", HttpStatusCode.OK)]
    [TestCase("10.1.2.3:49999", HttpStatusCode.Forbidden)]
    [TestCase("0.0.0.0", HttpStatusCode.Forbidden)]
    [TestCase("[2001:db8::1]", HttpStatusCode.Forbidden)]
    [TestCase("rebound.example", HttpStatusCode.Forbidden)]
    [CancelAfter(TestTimeout)]
    public async Task Without_authentication_only_loopback_names_are_served(string host, HttpStatusCode status, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(http: options => options.Authentication = KernelGatewayAuthentication.None);
        using var client = server.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/contexts") { Headers = { Host = host } };

        using var response = await client.SendAsync(request, cancellationToken);

        response.StatusCode.Should().Be(status);
    }

    [TestCase("xn--0")]
    [TestCase("www.xn--zzzzzzzzzz99999.example:80")]
    [CancelAfter(TestTimeout)]
    public async Task Invalid_host_name_is_malformed_with_or_without_a_token(string host, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(http: options => options.AllowedHosts.Add("*"));
        using var stranger = server.NewClient();

        foreach (var client in new[] { server.Client, stranger })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/contexts") { Headers = { Host = host } };
            using var response = await client.SendAsync(request, cancellationToken);
            response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
            (await response.JsonAsync(cancellationToken))["code"]!.ToString().Should().Be("malformed_request");
        }

        server.Log.Entries.Should().NotContain(entry => entry.Exception != null || entry.Level > LogLevel.Warning);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task International_name_is_served_in_either_spelling(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(http: options =>
        {
            options.AllowedHosts.Add("bücher.example");
            options.AllowedHosts.Add("*.xn--mnchen-3ya.example");
        });

        foreach (var host in new[] { "xn--bcher-kva.example", "a.xn--mnchen-3ya.example" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/contexts") { Headers = { Host = host } };
            using var response = await server.Client.SendAsync(request, cancellationToken);
            response.StatusCode.Should().Be(HttpStatusCode.OK);
        }
    }
}
