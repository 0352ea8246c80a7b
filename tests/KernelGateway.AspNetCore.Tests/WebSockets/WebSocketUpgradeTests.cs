using System.Net;
using System.Net.WebSockets;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.AspNetCore.WebSockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.WebSockets;

[TestFixture(ServerSockets.KestrelSockets)]
[TestFixture(ServerSockets.DrainingSockets)]
public sealed class WebSocketUpgradeTests(ServerSockets stack)
{
    private const string Good =
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + $"Sec-WebSocket-Key: {RawClient.Key}\r\n\r\n";

    [Test]
    [CancelAfter(30_000)]
    public async Task The_worked_example_of_the_specification_is_answered(CancellationToken token)
    {
        await using var server = await StartAsync(token);
        using var client = await RawClient.ConnectAsync(server, token);

        var answer = await client.RequestAsync(Good.Replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"), token);

        answer.Should().StartWith("HTTP/1.1 101 ").And.Contain("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
            .And.Contain("\r\nUpgrade: websocket\r\n").And.Contain("\r\nConnection: Upgrade\r\n");
        answer.Should().NotContain("Sec-WebSocket-Protocol").And.NotContain("Sec-WebSocket-Extensions");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task The_subprotocol_that_was_chosen_is_answered(CancellationToken token)
    {
        await using var server = await StartAsync(token, "v1.kernel.websocket.jupyter.org");
        using var client = await server.ConnectAsync(token, options =>
        {
            options.AddSubProtocol("another");
            options.AddSubProtocol("v1.kernel.websocket.jupyter.org");
        });

        client.SubProtocol.Should().Be("v1.kernel.websocket.jupyter.org");
    }

    [TestCase("GET /", "POST /", 400)]
    [TestCase("Connection: Upgrade", "Connection: keep-alive", 400)]
    [TestCase("Upgrade: websocket", "Upgrade: h2c", 400)]
    [TestCase("Sec-WebSocket-Key: dGhl", "Sec-WebSocket-Key: ZGhl", 101)]
    [TestCase("Sec-WebSocket-Key: dGhl", "Sec-WebSocket-Key: ", 400)]
    [TestCase("Sec-WebSocket-Key: dGhl", "Sec-WebSocket-Key: dGhlAAAA", 400)]
    [TestCase("Sec-WebSocket-Key: dGhl", "Sec-WebSocket-Key: !!!!", 400)]
    [TestCase("Sec-WebSocket-Key: dGhl", "X-Key: ", 400)]
    [TestCase("HTTP/1.1", "HTTP/1.0", 400)]
    [TestCase("Connection: Upgrade", "Connection: keep-alive, uPGRADE", 101)]
    [TestCase("Version: 13", "Version: 8", 426)]
    [TestCase("Sec-WebSocket-Version: 13", "X-Version: 13", 426)]
    [CancelAfter(30_000)]
    public async Task A_malformed_handshake_is_refused(string part, string replacement, int status, CancellationToken token)
    {
        await using var server = await StartAsync(token);
        using var client = await RawClient.ConnectAsync(server, token);

        var answer = await client.RequestAsync(Good.Replace(part, replacement), token);

        answer.Should().StartWith($"HTTP/1.1 {status} ");
        if (status == 426) answer.Should().Contain("\r\nSec-WebSocket-Version: 13\r\n").And.Contain("\r\nUpgrade: websocket\r\n");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Http_2_carries_websockets_too(CancellationToken token)
    {
        var pongs = 0;
        await using var server = await WebSocketServer.StartAsync(
            stack,
            async connection =>
            {
                while (await connection.ReceiveAsync(token) is { } message)
                {
                    connection.WritePing("2"u8);
                    connection.WriteMessage(message.IsText, message.Payload);
                    await connection.FlushAsync(token);
                }
            },
            new WebSocketConnectionOptions { OnPong = payload => pongs += payload[0] - '0' },
            "v1.kernel.websocket.jupyter.org",
            HttpProtocols.Http2);
        using var handler = new SocketsHttpHandler();
        using var invoker = new HttpMessageInvoker(handler);
        using var client = new ClientWebSocket();
        client.Options.HttpVersion = HttpVersion.Version20;
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        client.Options.AddSubProtocol("v1.kernel.websocket.jupyter.org");
        await client.ConnectAsync(server.Address, invoker, token);

        var sent = new byte[100_000];
        Random.Shared.NextBytes(sent);
        await client.SendAsync(sent, WebSocketMessageType.Binary, endOfMessage: true, token);
        var received = new byte[sent.Length];
        var length = 0;
        while (length < received.Length) length += (await client.ReceiveAsync(received.AsMemory(length), token)).Count;

        received.Should().Equal(sent);
        client.SubProtocol.Should().Be("v1.kernel.websocket.jupyter.org");
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", token);
        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
        pongs.Should().Be(2);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_plain_request_over_http_2_is_refused(CancellationToken token)
    {
        await using var server = await WebSocketServer.StartAsync(stack, _ => Task.CompletedTask, protocols: HttpProtocols.Http2);
        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{server.Port}/"), token);

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync(token)).Should().Contain("Upgrade");
    }

    private Task<WebSocketServer> StartAsync(CancellationToken token, string? subProtocol = null) =>
        WebSocketServer.StartAsync(stack, connection => connection.ReceiveAsync(token).AsTask(), subProtocol: subProtocol);
}
