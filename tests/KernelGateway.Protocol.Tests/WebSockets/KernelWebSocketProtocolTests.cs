using FluentAssertions;
using KernelGateway.Protocol.WebSockets;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.WebSockets;

public class KernelWebSocketProtocolTests
{
    [TestCase("v1.kernel.websocket.jupyter.org")]
    [TestCase("something.else, v1.kernel.websocket.jupyter.org")]
    [TestCase("v1.kernel.websocket.jupyter.org ,v2.kernel.websocket.jupyter.org")]
    [TestCase("something.else", "v1.kernel.websocket.jupyter.org")]
    public void V1_is_chosen_wherever_it_is_offered(params string[] offered) =>
        KernelWebSocketProtocol.Negotiate(offered).Should().Be("v1.kernel.websocket.jupyter.org");

    [TestCase]
    [TestCase("")]
    [TestCase(",,")]
    [TestCase("v2.kernel.websocket.jupyter.org")]
    [TestCase("V1.kernel.websocket.jupyter.org")]
    [TestCase("xv1.kernel.websocket.jupyter.org, v1.kernel.websocket.jupyter.org.x")]
    public void Anything_else_means_the_legacy_protocol(params string[] offered) =>
        KernelWebSocketProtocol.Negotiate(offered).Should().BeNull();

    [Test]
    public void A_header_without_a_value_offers_nothing() => KernelWebSocketProtocol.Negotiate([null]).Should().BeNull();

    [Test]
    public void Each_codec_is_found_by_its_subprotocol()
    {
        foreach (var codec in new[] { KernelWebSocketCodec.V1, KernelWebSocketCodec.Legacy })
            KernelWebSocketCodec.For(codec.SubProtocol).Should().BeSameAs(codec);
    }
}
