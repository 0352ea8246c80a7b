using System.Net.WebSockets;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.WebSockets;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.WebSockets;

public class WebSocketCloseFrameTests
{
    [Test]
    public void A_status_and_a_reason_are_written_and_read()
    {
        var frame = WebSocketCloseFrame.Make(WebSocketCloseStatus.PolicyViolation, "Zu langsam für Überflüssiges.");

        frame[..4].Should().Equal(0x88, (byte)(frame.Length - 2), 0x03, 0xF0);
        WebSocketCloseFrame.Read(frame.AsSpan(2)).Should().Be((WebSocketCloseStatus.PolicyViolation, "Zu langsam für Überflüssiges."));
    }

    [Test]
    public void A_close_without_a_status_has_no_payload()
    {
        WebSocketCloseFrame.Make(null, "unsaid").Should().Equal(0x88, 0);
        WebSocketCloseFrame.Read([]).Should().Be((null, ""));
    }

    [TestCase("x", 123)]
    [TestCase("é", 122)]
    [TestCase("€", 123)]
    [TestCase("😀", 120)]
    public void A_reason_that_is_too_long_is_cut_between_two_characters(string character, int bytes)
    {
        var frame = WebSocketCloseFrame.Make(WebSocketCloseStatus.NormalClosure, string.Concat(Enumerable.Repeat(character, 200)));

        var (_, reason) = WebSocketCloseFrame.Read(frame.AsSpan(2));
        Encoding.UTF8.GetByteCount(reason).Should().Be(bytes);
        reason.Should().Be(string.Concat(Enumerable.Repeat(character, bytes / Encoding.UTF8.GetByteCount(character))));
    }

    [Test]
    public void Half_a_surrogate_in_a_reason_is_replaced() =>
        WebSocketCloseFrame.Read(WebSocketCloseFrame.Make(WebSocketCloseStatus.NormalClosure, "a\ud800b").AsSpan(2)).Reason.Should().Be("a\uFFFDb");

    [TestCase(1000, true)]
    [TestCase(1003, true)]
    [TestCase(1007, true)]
    [TestCase(1014, true)]
    [TestCase(3000, true)]
    [TestCase(4999, true)]
    [TestCase(0, false)]
    [TestCase(999, false)]
    [TestCase(1004, false)]
    [TestCase(1005, false)]
    [TestCase(1006, false)]
    [TestCase(1015, false)]
    [TestCase(2999, false)]
    [TestCase(5000, false)]
    [TestCase(65535, false)]
    public void Only_statuses_that_may_be_sent_are_taken(int status, bool isTaken)
    {
        var reading = FluentActions.Invoking(() => WebSocketCloseFrame.Read([(byte)(status >> 8), (byte)status]));

        if (isTaken) reading.Should().NotThrow();
        else reading.Should().Throw<WebSocketProtocolException>().Which.Status.Should().Be(WebSocketCloseStatus.ProtocolError);
    }
}
