using System.Text;
using FluentAssertions;
using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Handshake;

public sealed class ZmtpMetadataTests
{
    [TestCase("DEALER", 41)]
    [TestCase("ROUTER", 41)]
    [TestCase("REQ", 38)]
    [TestCase("REP", 25)]
    [TestCase("PUB", 25)]
    [TestCase("SUB", 25)]
    [TestCase("XPUB", 26)]
    public void Ready_is_as_long_as_that_of_libzmq(string type, int bodyBytes)
    {
        var socketType = Enum.GetValues<ZmtpSocketType>().Single(candidate => candidate.WireName() == type);

        ZmtpMetadata.Encode(socketType, default).Length.Should().Be(bodyBytes - 6);
    }

    [Test]
    public void Written_values_are_read_back()
    {
        var metadata = ZmtpMetadata.Decode(ZmtpMetadata.Encode(ZmtpSocketType.Dealer, Bytes.Text("client-1")));

        metadata.SocketType.Should().Be("DEALER");
        Encoding.ASCII.GetString(metadata.RoutingId).Should().Be("client-1");
    }

    [Test]
    public void Names_are_read_in_any_case_and_order_and_unknown_ones_are_ignored()
    {
        var metadata = ZmtpMetadata.Decode(Bytes.Join(
            Bytes.Property("X-Else", Bytes.Filled(700)),
            Bytes.Property("identity", Bytes.Text("me")),
            Bytes.Property("SOCKET-TYPE", Bytes.Text("REQ"))));

        metadata.SocketType.Should().Be("REQ");
        metadata.RoutingId.Should().Equal(Bytes.Text("me"));
    }

    [Test]
    public void Metadata_cut_short_at_every_byte_is_refused()
    {
        var whole = Bytes.Property("Socket-Type", Bytes.Text("REQ"));
        for (var length = 0; length < whole.Length; length++)
        {
            var decode = () => ZmtpMetadata.Decode(whole.AsSpan(0, length));

            decode.Should().Throw<ZmtpProtocolException>("only {0} bytes are present", length);
        }
    }

    [Test]
    public void Stray_byte_behind_the_last_property_is_refused()
    {
        var decode = () => ZmtpMetadata.Decode([.. Bytes.Property("Socket-Type", Bytes.Text("REQ")), 0]);

        decode.Should().Throw<ZmtpProtocolException>();
    }

    [Test]
    public void Property_that_announces_more_than_there_is_is_refused()
    {
        var decode = () => ZmtpMetadata.Decode([1, 0x58, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3]);

        decode.Should().Throw<ZmtpProtocolException>();
    }

    [Test]
    public void Routing_id_of_255_bytes_is_accepted_and_one_of_256_refused()
    {
        var type = Bytes.Property("Socket-Type", Bytes.Text("DEALER"));
        var decode = () => ZmtpMetadata.Decode(Bytes.Join(type, Bytes.Property("Identity", Bytes.Filled(256))));

        ZmtpMetadata.Decode(Bytes.Join(type, Bytes.Property("Identity", Bytes.Filled(255)))).RoutingId.Should().HaveCount(255);
        decode.Should().Throw<ZmtpProtocolException>();
    }

    [Test]
    public void Routing_id_that_begins_with_zero_is_refused()
    {
        var decode = () => ZmtpMetadata.Decode(Bytes.Join(
            Bytes.Property("Socket-Type", Bytes.Text("DEALER")), Bytes.Property("Identity", [0, 1])));

        decode.Should().Throw<ZmtpProtocolException>();
    }
}
