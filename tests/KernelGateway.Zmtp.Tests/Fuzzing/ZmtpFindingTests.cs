using FluentAssertions;
using KernelGateway.Testing.Fixtures;
using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Subscriptions;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Fuzzing;

/// <summary>Streams that once caused a defect, and limits that were found to be missing with them.</summary>
public sealed class ZmtpFindingTests
{
    private static IReadOnlyList<Finding> Findings => Finding.Load("zmtp");

    [TestCaseSource(nameof(Findings))]
    public void A_finding_is_read_alike_in_pieces_of_any_size(Finding finding)
    {
        var bytes = finding.Parts[0].Bytes;
        var whole = StreamReading.Read(ZmtpSocketType.Router, bytes, int.MaxValue, out _);

        foreach (var pieceBytes in new[] { 1, 2, 3, 7 })
            StreamReading.Read(ZmtpSocketType.Router, bytes, pieceBytes, out _).Should().Be(whole, finding.About);
    }

    [Test]
    public void Metadata_of_a_peer_is_shown_without_line_breaks_and_cut()
    {
        var socketType = ZmtpMetadata.Decode(Bytes.Property("Socket-Type", Bytes.Text("REQ\n\u001b[31m" + new string('x', 1_000)))).SocketType;

        socketType.Should().StartWith("REQ??[31mx").And.HaveLength(255);
    }

    [Test]
    public void Topics_of_one_peer_are_limited_in_bytes_and_cancelled_ones_do_not_count()
    {
        var topics = new TopicSet();
        var topic = new byte[1 << 20];
        for (var i = 0; i < 16; i++)
        {
            topic[0] = (byte)i;
            topics.Add(topic).Should().BeTrue();
        }

        topic[0] = 16;
        FluentActions.Invoking(() => topics.Add(topic)).Should().Throw<ZmtpProtocolException>();
        topic[0] = 3;
        topics.Remove(topic).Should().BeTrue();
        topic[0] = 16;
        topics.Add(topic).Should().BeTrue();
    }
}
