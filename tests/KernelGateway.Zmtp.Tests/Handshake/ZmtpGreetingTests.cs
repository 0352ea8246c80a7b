using FluentAssertions;
using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Handshake;

public sealed class ZmtpGreetingTests
{
    [Test]
    public void Ours_is_that_of_the_specification() => ZmtpGreeting.Encode("NULL", asServer: false).Should().Equal(Bytes.Hex(
        "ff00000000000000007f03014e554c4c" + new string('0', 96)));

    [Test]
    public void Greeting_is_waited_for_until_its_last_byte()
    {
        var greeting = Bytes.Greeting();
        for (var length = 0; length < ZmtpGreeting.Bytes; length++)
            ZmtpGreeting.TryRead(greeting.AsSpan(0, length), out _).Should().BeFalse("a greeting has 64 bytes, not {0}", length);

        ZmtpGreeting.TryRead(greeting, out var read).Should().BeTrue();
        read.Should().Be(new ZmtpGreeting(3, 1, "NULL"));
    }

    [TestCase(3, 0, 0)]
    [TestCase(3, 1, 1)]
    [TestCase(3, 9, 1)]
    [TestCase(4, 0, 1)]
    [TestCase(255, 255, 1)]
    public void Higher_versions_are_spoken_to_as_the_highest_we_know(byte major, byte minor, byte expectedMinor)
    {
        ZmtpGreeting.TryRead(Bytes.Greeting(major, minor), out var read).Should().BeTrue();

        read.Minor.Should().Be(expectedMinor);
    }

    [Test]
    public void Version_1_is_refused_without_waiting_for_64_bytes()
    {
        var read = () => ZmtpGreeting.TryReadMajor(Bytes.Greeting(major: 0).AsSpan(0, 11), out _);

        read.Should().Throw<ZmtpProtocolException>().WithMessage("*ZMTP 1.0*");
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(255)]
    public void Major_version_is_known_after_11_bytes(byte major)
    {
        for (var length = 0; length < ZmtpGreeting.VersionBytes; length++)
            ZmtpGreeting.TryReadMajor(Bytes.Greeting(major).AsSpan(0, length), out _).Should().BeFalse("{0} bytes are too few", length);

        ZmtpGreeting.TryReadMajor(Bytes.Greeting(major).AsSpan(0, ZmtpGreeting.VersionBytes), out var read).Should().BeTrue();
        read.Should().Be(major);
    }

    [Test]
    public void Junk_in_padding_as_server_and_filler_is_not_judged()
    {
        var greeting = Bytes.Greeting();
        greeting.AsSpan(1, 8).Fill(0xA5);
        greeting[32] = 1;
        greeting.AsSpan(33).Fill(0x5A);

        ZmtpGreeting.TryRead(greeting, out var read).Should().BeTrue();
        read.Mechanism.Should().Be("NULL");
    }

    [Test]
    public void Junk_behind_the_mechanisms_name_is_refused()
    {
        var greeting = Bytes.Greeting();
        greeting[20] = 0x41;

        var read = () => ZmtpGreeting.TryRead(greeting, out _);

        read.Should().Throw<ZmtpProtocolException>();
    }

    [TestCase("00")]
    [TestCase("474554")]
    [TestCase("ff00000000000000007e")]
    public void Bytes_that_are_not_a_greeting_are_refused_at_once(string hex)
    {
        var read = () => ZmtpGreeting.TryRead(Bytes.Hex(hex), out _);

        read.Should().Throw<ZmtpProtocolException>();
    }
}
