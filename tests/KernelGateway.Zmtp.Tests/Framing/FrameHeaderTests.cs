using FluentAssertions;
using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Framing;

public sealed class FrameHeaderTests
{
    [TestCase(0, "0000")]
    [TestCase(1, "0001")]
    [TestCase(255, "00ff")]
    [TestCase(256, "020000000000000100")]
    [TestCase(65535, "02000000000000ffff")]
    [TestCase(65536, "020000000000010000")]
    public void Short_form_is_written_up_to_255_bytes_and_long_form_beyond(int bodyBytes, string expected)
    {
        var target = new byte[FrameHeader.MaxBytes];

        var written = FrameHeader.Write(target, 0, bodyBytes);

        Convert.ToHexStringLower(target.AsSpan(0, written)).Should().Be(expected);
        FrameHeader.TryRead(target.AsSpan(0, written), out var header).Should().BeTrue();
        header.BodyBytes.Should().Be(bodyBytes);
    }

    [Test]
    public void Long_form_is_accepted_for_a_short_body()
    {
        FrameHeader.TryRead(Bytes.Hex("02 0000000000000002"), out var header).Should().BeTrue();

        header.BodyBytes.Should().Be(2);
    }

    [TestCase("00")]
    [TestCase("02")]
    [TestCase("0200000000000001")]
    public void Header_cut_short_is_waited_for(string hex) =>
        FrameHeader.TryRead(Bytes.Hex(hex), out _).Should().BeFalse();

    [TestCase("f8")]
    [TestCase("08")]
    [TestCase("80")]
    [TestCase("05")]
    [TestCase("07")]
    [TestCase("028000000000000000")]
    [TestCase("02ffffffffffffffff")]
    public void Illegal_header_is_refused_as_soon_as_it_shows(string hex)
    {
        var read = () => FrameHeader.TryRead(Bytes.Hex(hex), out _);

        read.Should().Throw<ZmtpProtocolException>();
    }
}
