using FluentAssertions;
using KernelGateway.Zmtp.Transports;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Transports;

public sealed class ZmtpEndpointTests
{
    [TestCase("tcp://127.0.0.1:5555", "127.0.0.1", 5555)]
    [TestCase("tcp://localhost:1", "localhost", 1)]
    [TestCase("tcp://[::1]:65535", "::1", 65535)]
    [TestCase("ipc:///run/x.sock", "/run/x.sock", 0)]
    [TestCase("ipc://relative", "relative", 0)]
    [TestCase("ipc://@name", "\0name", 0)]
    [TestCase("inproc://name", "name", 0)]
    public void Endpoints_are_understood_for_both_ends(string text, string address, int port)
    {
        foreach (var forBind in new[] { true, false })
        {
            var endpoint = ZmtpEndpoint.Parse(text, forBind);

            endpoint.Address.Should().Be(address);
            endpoint.Port.Should().Be(port);
        }
    }

    [TestCase("tcp://*:5555")]
    [TestCase("tcp://127.0.0.1:0")]
    [TestCase("tcp://127.0.0.1:*")]
    [TestCase("ipc://*")]
    public void Wildcards_are_for_binding_only(string text)
    {
        FluentActions.Invoking(() => ZmtpEndpoint.Parse(text, forBind: true)).Should().NotThrow();
        FluentActions.Invoking(() => ZmtpEndpoint.Parse(text, forBind: false)).Should().Throw<ArgumentException>();
    }

    [TestCase("")]
    [TestCase("127.0.0.1:5555")]
    [TestCase("udp://127.0.0.1:5555")]
    [TestCase("tcp://127.0.0.1")]
    [TestCase("tcp://:5555")]
    [TestCase("tcp://127.0.0.1:65536")]
    [TestCase("tcp://127.0.0.1:-1")]
    [TestCase("tcp://127.0.0.1: 1")]
    [TestCase("tcp://::1:5555")]
    [TestCase("tcp://[]:5555")]
    [TestCase("ipc://")]
    [TestCase("ipc://@")]
    [TestCase("inproc://")]
    public void Malformed_endpoints_are_refused(string text)
    {
        foreach (var forBind in new[] { true, false })
            FluentActions.Invoking(() => ZmtpEndpoint.Parse(text, forBind)).Should().Throw<ArgumentException>();
    }

    [TestCase("/", 107, true)]
    [TestCase("/", 108, false)]
    [TestCase("@", 107, true)]
    [TestCase("@", 108, false)]
    public void Path_has_at_most_107_bytes(string start, int bytes, bool isValid)
    {
        var parse = () => ZmtpEndpoint.Parse($"ipc://{start}{new string('p', bytes - 1)}", forBind: false);

        if (isValid) parse.Should().NotThrow();
        else parse.Should().Throw<ArgumentException>().WithMessage("*108*107*");
    }
}
