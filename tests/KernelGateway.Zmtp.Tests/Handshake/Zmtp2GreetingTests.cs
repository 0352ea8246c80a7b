using FluentAssertions;
using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Handshake;

public sealed class Zmtp2GreetingTests
{
    [Test]
    public void Greeting_is_waited_for_until_its_last_byte()
    {
        byte[] stream = [.. Bytes.Opening2(6, "them"), 0x42];
        for (var length = 0; length < stream.Length - 1; length++)
            Zmtp2Greeting.TryRead(stream.AsSpan(0, length), out _, out _).Should().BeFalse("{0} bytes are an incomplete greeting", length);

        Zmtp2Greeting.TryRead(stream, out var peer, out var bytes).Should().BeTrue();
        peer.SocketType.Should().Be("ROUTER");
        peer.RoutingId.Should().Equal(Bytes.Text("them"));
        bytes.Should().Be(stream.Length - 1, "the bytes after the greeting are the first message");
    }

    [TestCase(0, "PAIR")]
    [TestCase(1, "PUB")]
    [TestCase(5, "DEALER")]
    [TestCase(10, "XSUB")]
    public void Socket_types_go_by_number(byte number, string name)
    {
        Zmtp2Greeting.TryRead(Bytes.Opening2(number), out var peer, out _).Should().BeTrue();

        peer.SocketType.Should().Be(name);
    }

    [TestCase("0b0000", "*socket type 11*", Description = "unknown socket type")]
    [TestCase("050102", "*identity frame*", Description = "more frames announced")]
    [TestCase("050400", "*identity frame*", Description = "a command")]
    [TestCase("05020000000000000100", "*256*255*", Description = "identity too long")]
    [TestCase("0502ffffffffffffffff", "*", Description = "negative length")]
    [TestCase("05000100", "*zero*", Description = "reserved identity")]
    public void Invalid_greeting_is_refused(string rest, string message)
    {
        byte[] stream = [.. Bytes.Greeting(major: 1)[..11], .. Bytes.Hex(rest)];

        var read = () => Zmtp2Greeting.TryRead(stream, out _, out _);

        read.Should().Throw<ZmtpProtocolException>().WithMessage(message);
    }

    [Test]
    public void Ours_has_the_number_of_the_type_and_the_routing_id()
    {
        Zmtp2Greeting.EncodeRest(ZmtpSocketType.Dealer, Bytes.Text("me")).Should().Equal(Bytes.Hex("0500026d65"));
        Zmtp2Greeting.EncodeRest(ZmtpSocketType.Sub, Bytes.Text("me")).Should().Equal(Bytes.Hex("020000"), "a SUB has no routing id");
    }
}
