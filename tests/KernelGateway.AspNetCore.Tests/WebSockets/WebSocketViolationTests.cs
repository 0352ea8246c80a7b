using System.Net.WebSockets;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.WebSockets.FirstByte;

namespace KernelGateway.AspNetCore.Tests.WebSockets;

/// <summary>The response to clients that violate the WebSocket protocol.</summary>
[TestFixture(ServerSockets.KestrelSockets)]
[TestFixture(ServerSockets.DrainingSockets)]
public sealed class WebSocketViolationTests(ServerSockets stack)
{
    [TestCase("C1 80 00 00 00 00", 1002, TestName = "Reserved_bits_are_refused")]
    [TestCase("83 80 00 00 00 00", 1002, TestName = "An_unknown_opcode_is_refused")]
    [TestCase("81 01 61", 1002, TestName = "An_unmasked_frame_is_refused")]
    [TestCase("09 80 00 00 00 00", 1002, TestName = "A_fragmented_ping_is_refused")]
    [TestCase("89 FE 00 7E", 1002, TestName = "A_long_ping_is_refused")]
    [TestCase("80 80 00 00 00 00", 1002, TestName = "A_continuation_of_nothing_is_refused")]
    [TestCase("01 80 00 00 00 00 81 80 00 00 00 00", 1002, TestName = "A_message_inside_of_another_is_refused")]
    [TestCase("82 FF 80 00 00 00 00 00 00 00 00 00 00 00", 1002, TestName = "A_length_of_2_to_the_63_is_refused")]
    [TestCase("82 FF 7F FF FF FF FF FF FF FF 00 00 00 00", 1009, TestName = "A_length_nobody_has_memory_for_is_refused")]
    [TestCase("82 FE 03 E9 00 00 00 00", 1009, TestName = "A_message_over_the_limit_is_refused_before_it_comes")]
    [TestCase("81 82 00 00 00 00 C3 28", 1007, TestName = "Text_that_is_not_utf8_is_refused")]
    [TestCase("88 81 00 00 00 00 03", 1002, TestName = "Half_a_close_status_is_refused")]
    [TestCase("88 82 00 00 00 00 03 ED", 1002, TestName = "A_close_status_nobody_may_send_is_refused")]
    [TestCase("88 83 00 00 00 00 03 E8 FF", 1007, TestName = "A_close_reason_that_is_not_utf8_is_refused")]
    [CancelAfter(30_000)]
    public async Task Violation(string bytes, int status, CancellationToken token)
    {
        await using var server = await WebSocketServer.StartAsync(
            stack,
            async connection =>
            {
                (await connection.ReceiveAsync(token)).Should().BeNull();
                ((int)connection.Violation!.Status).Should().Be(status);
            },
            new() { MaxMessageBytes = 1_000 });
        using var client = await RawClient.OpenAsync(server, token);

        await client.SendAsync(Convert.FromHexString(bytes.Replace(" ", "")), token);
        var (first, payload) = await client.ReceiveAsync(token);

        first.Should().Be(Close);
        (payload[0] << 8 | payload[1]).Should().Be(status);
        payload.Length.Should().BeGreaterThan(2, "the close frame has a reason text");
        client.Dispose();
        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_client_learns_that_its_message_is_too_long_though_it_is_still_sending(CancellationToken token)
    {
        await using var server = await WebSocketServer.StartAsync(
            stack,
            async connection => (await connection.ReceiveAsync(token)).Should().BeNull(), new() { MaxMessageBytes = 1_000 });
        using var client = await server.ConnectAsync(token);

        var sending = client.SendAsync(new byte[20_000_000], WebSocketMessageType.Binary, endOfMessage: true, token);
        (await client.ReceiveMessageAsync(token)).Type.Should().Be(WebSocketMessageType.Close);

        client.CloseStatus.Should().Be(WebSocketCloseStatus.MessageTooBig);
        await sending;
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", token);
        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }
}
