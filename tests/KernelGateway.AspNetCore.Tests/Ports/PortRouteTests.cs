using FluentAssertions;
using KernelGateway.AspNetCore.Ports;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Ports;

public sealed class PortRouteTests
{
    [TestCase("3000-abc.example.com", 3000, "abc")]
    [TestCase("3000-abc.EXAMPLE.com:8443", 3000, "abc")]
    [TestCase("3000-ABC123.example.com.", 3000, "ABC123")]
    [TestCase("65535-debug_sandbox_id.example.com", 65535, "debug_sandbox_id")]
    [TestCase("3000-abc-6532622b.example.com", 3000, "abc")]
    public void Left_most_label_names_port_and_sandbox(string host, int port, string id) =>
        Read(host).Should().Be((new PortTarget(port, id), null));

    [TestCase("abc.example.com", "Invalid host")]
    [TestCase("3000.example.com", "Invalid host")]
    [TestCase("3000-abc.more.example.com", "Invalid host")]
    [TestCase("x-abc.example.com", "Invalid sandbox port")]
    [TestCase("0-abc.example.com", "Invalid sandbox port")]
    [TestCase("65536-abc.example.com", "Invalid sandbox port")]
    [TestCase("-abc.example.com", "Invalid sandbox port")]
    [TestCase("3000-.example.com", "Invalid sandbox ID")]
    [TestCase("3000-a%b.example.com", "Invalid sandbox ID")]
    public void Malformed_label_is_a_problem(string host, string problem) => Read(host).Should().Be((null, problem));

    [TestCase("")]
    [TestCase("localhost:49999")]
    [TestCase("127.0.0.1")]
    [TestCase("[::1]:49999")]
    [TestCase("example.com")]
    [TestCase("sandbox.example.com")]
    [TestCase("3000-abc.other.com")]
    [TestCase("3000-abcexample.com")]
    public void Other_hosts_are_for_no_port_without_headers_and_for_the_port_of_the_headers(string host)
    {
        Read(host).Should().Be((null, null));
        Read(host, "abc", "3000").Should().Be((new PortTarget(3000, "abc"), null));
    }

    [TestCase("abc", "", "missing header")]
    [TestCase("", "3000", "missing header")]
    [TestCase("abc", "x", "Invalid sandbox port")]
    [TestCase("abc", "+3000", "Invalid sandbox port")]
    [TestCase("a/b", "3000", "Invalid sandbox ID")]
    public void Malformed_headers_are_a_problem(string id, string port, string problem) => Read("localhost", id, port).Should().Be((null, problem));

    [Test]
    public void Label_comes_before_the_headers() => Read("3000-abc.example.com", "def", "4000").Target.Should().Be(new PortTarget(3000, "abc"));

    [TestCase(49983, true)]
    [TestCase(49999, true)]
    [TestCase(3000, false)]
    public void Ports_of_the_services_are_the_gateways_own(int port, bool isOwn) => new PortTarget(port, "abc").IsOwnSurface.Should().Be(isOwn);

    private static (PortTarget? Target, string? Problem) Read(string host, string id = "", string port = "")
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.Host = host;
        if (id.Length > 0) request.Headers["E2b-Sandbox-Id"] = id;
        if (port.Length > 0) request.Headers["E2b-Sandbox-Port"] = port;
        var target = new PortRoute("example.com").Read(request, out var problem);
        return (target, problem);
    }
}
