using System.Text.Json;
using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Recorded;

/// <summary>
/// Sends the malformed streams that were recorded with a libzmq ROUTER to our ROUTER. The expected reaction is the recommended one, which is not
/// always that of libzmq.
/// </summary>
public sealed class MalformedPeerTests
{
    private const int FrameLimit = 100;

    private static readonly string[] Closing =
    [
        "reserved-flag-bits", "command-with-more", "message-before-ready", "ready-without-command-bit", "ready-no-properties",
        "bad-socket-type", "lower-case-socket-type", "metadata-trailing-octet", "error-for-ready", "mechanism-mismatch", "not-zmtp-zeros",
        "not-zmtp-http", "over-max-size", "huge-length", "identity-leading-zero",
    ];

    private static readonly string[] GoingOn =
    [
        "unknown-command", "empty-command", "command-name-overrun", "long-form-small", "second-ready", "lower-case-names",
        "as-server-on-null", "minor-9", "major-4", "max-size-is-per-frame", "message-before-peer-ready",
    ];

    [Test]
    public void Every_recorded_case_is_tried()
    {
        using var document = RecordedFile.Open();

        document.RootElement.GetProperty("malformed").EnumerateArray().Select(Name).Should().BeEquivalentTo([.. Closing, .. GoingOn]);
    }

    [TestCaseSource(nameof(Closing))]
    [CancelAfter(20_000)]
    public async Task Connection_is_closed_and_the_socket_works_on(string name, CancellationToken token)
    {
        await using var router = Create(name);
        var log = new ConnectionLog(router);
        var endpoint = await router.BindAsync(RawPeer.FreshName(), token);
        using var peer = RawPeer.ConnectInproc(endpoint);

        await peer.SendAsync(Recorded(name).Bytes);
        var written = await peer.ReadToEndAsync(token);

        var end = await log.EndedAsync(token);
        end.Reason.Should().Be(name == "error-for-ready" ? ZmtpConnectionEndReason.HandshakeRefused : ZmtpConnectionEndReason.ProtocolError);
        end.Exception.Should().BeOfType<ZmtpProtocolException>();
        if (name.Contains("socket-type", StringComparison.Ordinal)) Convert.ToHexString(written).Should().Contain("054552524F52", "ERROR comes first");

        using var good = RawPeer.ConnectInproc(endpoint);
        await good.ShakeHandsAsync("DEALER", token, "good");
        await good.SendAsync(Bytes.Message("works"));
        (await router.ReceiveAsync(token)).TakeText().Should().Be("good|works");
    }

    [TestCaseSource(nameof(GoingOn))]
    [CancelAfter(20_000)]
    public async Task Connection_continues_and_its_messages_are_delivered(string name, CancellationToken token)
    {
        await using var router = Create(name);
        var endpoint = await router.BindAsync(RawPeer.FreshName(), token);
        using var peer = RawPeer.ConnectInproc(endpoint);
        var (bytes, delivered) = Recorded(name);

        await peer.SendAsync(bytes);

        (await router.ReceiveAsync(token)).TakeFrames()[1..].Select(Convert.ToHexStringLower).Should().Equal(delivered);
        await peer.SendAsync(Bytes.Message("next"));
        (await router.ReceiveAsync(token)).TakeText().Should().EndWith("|next");
    }

    private static RouterSocket Create(string name) => new(new ZmtpSocketOptions
    {
        TimeProvider = new ManualClock(),
        Linger = TimeSpan.Zero,
        MaxFrameBytes = name.Contains("max-size", StringComparison.Ordinal) ? FrameLimit : 512 << 20,
    });

    private static (byte[] Bytes, string[] Delivered) Recorded(string name)
    {
        using var document = RecordedFile.Open();
        var entry = document.RootElement.GetProperty("malformed").EnumerateArray().Single(candidate => Name(candidate) == name);
        var delivered = entry.GetProperty("delivered").EnumerateArray().FirstOrDefault();

        // libzmq closes the connection when a message arrives before its own READY is sent. RFC 23 allows the message, and our socket delivers it.
        string[] frames = delivered.ValueKind == JsonValueKind.Array
            ? [.. delivered.EnumerateArray().Select(frame => frame.GetString()!)]
            : ["6869"];
        return (Convert.FromHexString(entry.GetProperty("hex").GetString()!), frames);
    }

    private static string Name(JsonElement entry) => entry.GetProperty("name").GetString()!["malformed/".Length..];
}
