using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Security;

public class AddressTests
{
    [TestCase("127.0.0.1", 200)]
    [TestCase("127.8.9.10", 200)]
    [TestCase("::1", 200)]
    [TestCase("192.168.0.1", 403)]
    [TestCase("2001:db8::1", 403)]
    public async Task Without_authentication_only_connections_to_loopback_addresses_are_served(string local, int status)
    {
        var options = new KernelGatewayHttpOptions { Authentication = KernelGatewayAuthentication.None };
        var guard = new RequestGuard(options, NullLogger.Instance, TimeProvider.System);
        var context = new DefaultHttpContext { Connection = { LocalIpAddress = IPAddress.Parse(local) }, Request = { Method = "GET" } };

        await guard.InvokeAsync(context, _ => Task.CompletedTask);

        context.Response.StatusCode.Should().Be(status);
    }

    [Test]
    public async Task Application_that_authenticates_by_itself_is_not_asked_for_a_token()
    {
        var options = new KernelGatewayHttpOptions { Authentication = KernelGatewayAuthentication.Application };
        var guard = new RequestGuard(options, NullLogger.Instance, TimeProvider.System);
        var context = new DefaultHttpContext { Connection = { LocalIpAddress = IPAddress.Parse("192.168.0.1") }, Request = { Method = "GET" } };
        var served = false;

        await guard.InvokeAsync(context, _ =>
        {
            served = true;
            return Task.CompletedTask;
        });

        served.Should().BeTrue();
    }

    [Test]
    public async Task Unexpected_failure_is_a_500_with_a_code_and_without_its_message()
    {
        var options = new KernelGatewayHttpOptions { Authentication = KernelGatewayAuthentication.None };
        var guard = new RequestGuard(options, NullLogger.Instance, TimeProvider.System);
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Request = { Method = "GET" }, Response = { Body = body } };

        await guard.InvokeAsync(context, _ => throw new InvalidCastException("secret"));

        context.Response.StatusCode.Should().Be(500);
        System.Text.Encoding.UTF8.GetString(body.ToArray()).Should().Contain("internal_error").And.NotContain("secret");
    }
}
