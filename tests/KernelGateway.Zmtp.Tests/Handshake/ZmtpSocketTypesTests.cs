using FluentAssertions;
using KernelGateway.Zmtp.Handshake;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Handshake;

public sealed class ZmtpSocketTypesTests
{
    private static readonly string[] AllTypes =
        ["REQ", "REP", "DEALER", "ROUTER", "PUB", "XPUB", "SUB", "XSUB", "PUSH", "PULL", "PAIR", "CLIENT", "dealer", ""];

    [TestCase("REQ", "REP ROUTER")]
    [TestCase("REP", "REQ DEALER")]
    [TestCase("DEALER", "REP DEALER ROUTER")]
    [TestCase("ROUTER", "REQ DEALER ROUTER")]
    [TestCase("PUB", "SUB XSUB")]
    [TestCase("XPUB", "SUB XSUB")]
    [TestCase("SUB", "PUB XPUB")]
    [TestCase("XSUB", "PUB XPUB")]
    public void Only_legal_pairs_may_talk(string type, string legalPeers)
    {
        var ours = Enum.GetValues<ZmtpSocketType>().Single(candidate => candidate.WireName() == type);

        AllTypes.Where(peer => ours.MayTalkTo(peer)).Should().BeEquivalentTo(legalPeers.Split(' '));
    }
}
