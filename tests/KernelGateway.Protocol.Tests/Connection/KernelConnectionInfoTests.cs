using FluentAssertions;
using KernelGateway.Protocol.Connection;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Connection;

public class KernelConnectionInfoTests
{
    private static readonly KernelConnectionInfo Info =
        new() { ShellPort = 1, IOPubPort = 2, StdinPort = 3, ControlPort = 4, HeartbeatPort = 5, Key = "confidential" };

    [TestCase(KernelChannel.Shell, 1)]
    [TestCase(KernelChannel.IOPub, 2)]
    [TestCase(KernelChannel.Stdin, 3)]
    [TestCase(KernelChannel.Control, 4)]
    [TestCase(KernelChannel.Heartbeat, 5)]
    public void Every_channel_has_its_endpoint_on_every_transport(KernelChannel channel, int port)
    {
        Info.GetEndpoint(channel).Should().Be($"tcp://127.0.0.1:{port}");
        (Info with { Ip = "::1" }).GetEndpoint(channel).Should().Be($"tcp://[::1]:{port}");
        (Info with { Ip = "[::1]" }).GetEndpoint(channel).Should().Be($"tcp://[::1]:{port}");
        (Info with { Transport = KernelTransport.Ipc, Ip = "/run/k-ipc" }).GetEndpoint(channel).Should().Be($"ipc:///run/k-ipc-{port}");
        (Info with { Transport = KernelTransport.InProc, Ip = "k" }).GetEndpoint(channel).Should().Be($"inproc://k-{port}");
    }

    [Test]
    public void There_is_no_sixth_channel() =>
        FluentActions.Invoking(() => Info.GetEndpoint((KernelChannel)9)).Should().Throw<ArgumentOutOfRangeException>();

    [Test]
    public void Text_shows_the_sockets_and_no_key()
    {
        var text = (Info with { CurveSecretKey = "also confidential", ExtraFields = new JObject { ["password"] = "confidential" } }).ToString();

        text.Should().Contain("tcp://127.0.0.1:1").And.NotContain("confidential");
    }

    [Test]
    public void Extra_fields_are_compared_by_value()
    {
        var info = Info with { ExtraFields = new JObject { ["a"] = 1 } };

        info.Should().Be(Info with { ExtraFields = new JObject { ["a"] = 1 } });
        info.Should().NotBe(Info);
        info.GetHashCode().Should().Be(Info.GetHashCode());
    }

    [Test]
    public void Signer_has_the_key_and_scheme()
    {
        Info.CreateSigner().IsEnabled.Should().BeTrue();
        (Info with { SignatureScheme = "hmac-md5" }).CreateSigner().Scheme.Should().Be("hmac-md5");
        FluentActions.Invoking(() => (Info with { SignatureScheme = "x" }).CreateSigner())
            .Should().Throw<NotSupportedException>();
    }
}
