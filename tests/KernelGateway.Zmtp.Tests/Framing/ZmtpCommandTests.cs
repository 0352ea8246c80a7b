using FluentAssertions;
using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Framing;

public sealed class ZmtpCommandTests
{
    [TestCase(true, "", 1, "040a09535542534352494245")]
    [TestCase(true, "A", 1, "040b0953554253435249424541")]
    [TestCase(false, "A", 1, "04080643414e43454c41")]
    [TestCase(true, "", 0, "000101")]
    [TestCase(true, "A", 0, "00020141")]
    [TestCase(false, "A", 0, "00020041")]
    public void Subscriptions_take_the_form_the_peers_minor_version_knows(bool subscribe, string topic, byte minor, string expected) =>
        Convert.ToHexStringLower(ZmtpCommand.SubscriptionFrame(subscribe, Bytes.Text(topic), minor)).Should().Be(expected);

    [TestCase(245, "04ff")]
    [TestCase(246, "060000000000000100")]
    [TestCase(300, "060000000000000136")]
    public void Long_topic_makes_a_long_command(int topicBytes, string header) =>
        Convert.ToHexStringLower(ZmtpCommand.SubscriptionFrame(true, Bytes.Filled(topicBytes), 1)).Should().StartWith(header);

    [TestCase(0, "04070450494e470000")]
    [TestCase(3000, "04070450494e47001e")]
    [TestCase(70_000, "04070450494e47028f")]
    public void Ping_carries_its_ttl_in_tenths_that_libzmq_understands(int milliseconds, string expected) =>
        Convert.ToHexStringLower(ZmtpCommand.PingFrame(TimeSpan.FromMilliseconds(milliseconds))).Should().Be(expected);

    [TestCase(0)]
    [TestCase(3)]
    [TestCase(16)]
    [TestCase(17)]
    public void Pong_echoes_at_most_sixteen_bytes_of_context(int contextBytes)
    {
        var context = Bytes.Filled(contextBytes);

        ZmtpCommand.TryAnswerPing([0, 30, .. context], out var pong, out var ttl).Should().BeTrue();

        pong.Should().Equal(Bytes.Command("PONG", context[..Math.Min(16, contextBytes)]));
        ttl.Should().Be(TimeSpan.FromSeconds(3));
    }

    [TestCase("")]
    [TestCase("00")]
    public void Ping_without_a_ttl_is_not_answered(string data) =>
        ZmtpCommand.TryAnswerPing(Bytes.Hex(data), out _, out _).Should().BeFalse();

    [TestCase("")]
    [TestCase("00")]
    [TestCase("0941")]
    public void Malformed_command_has_no_name(string body) =>
        ZmtpCommand.TrySplit(Bytes.Hex(body), out _, out _).Should().BeFalse();

    [TestCase("03666f6f", "foo")]
    [TestCase("ff666f6f", "foo")]
    [TestCase("03610a62", "a?b")]
    [TestCase("", "")]
    public void Reason_of_an_error_is_shown_without_control_characters(string data, string expected) =>
        ZmtpCommand.ErrorReason(Bytes.Hex(data)).Should().Be(expected);
}
