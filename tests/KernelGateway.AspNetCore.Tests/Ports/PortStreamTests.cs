using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Ports;

public sealed class PortStreamTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Lines_of_a_stream_come_one_by_one(CancellationToken cancellationToken)
    {
        var next = new SemaphoreSlim(1);
        await using var server = await LocalServer.StartAsync(async context =>
        {
            for (var i = 0; i < 3; i++)
            {
                await next.WaitAsync(context.RequestAborted);
                await context.Response.WriteAsync($"{i}\n");
                await context.Response.Body.FlushAsync();
            }
        });

        using var response = await server.SendAsync(cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        for (var i = 0; i < 3; i++)
        {
            (await reader.ReadLineAsync(cancellationToken)).Should().Be($"{i}", "the server writes the next line when this one has come");
            next.Release();
        }

        (await reader.ReadLineAsync(cancellationToken)).Should().BeNull();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Body_is_passed_on_while_it_is_sent(CancellationToken cancellationToken)
    {
        // The end of a block may wait in the write buffer of the HTTP client until the next one comes.
        const int WriteBuffer = 8 << 10;
        var block = new byte[64 << 10];
        var received = new AwaitableLog<int>();
        await using var server = await LocalServer.StartAsync(async context =>
        {
            var buffer = new byte[block.Length];
            var total = 0;
            while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var count) received.Add(total += count);
            await context.Response.WriteAsync("read");
        });
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));

        var answering = server.SendAsync(cancellationToken, method: HttpMethod.Post, content: new StreamContent(pipe.Reader.AsStream()));
        for (var sent = block.Length; sent <= 3 * block.Length; sent += block.Length)
        {
            await pipe.Writer.WriteAsync(block, cancellationToken);

            // The client sends the next block when this one has come.
            await received.WaitForAsync(total => total >= sent - WriteBuffer, cancellationToken);
        }

        await pipe.Writer.CompleteAsync();
        using var response = await answering;
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be("read");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Server_learns_that_the_client_has_gone(CancellationToken cancellationToken)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await LocalServer.StartAsync(async context =>
        {
            context.RequestAborted.Register(gone.SetResult);
            await context.Response.WriteAsync("begun\n");
            await context.Response.Body.FlushAsync();
            await gone.Task;
        });

        var response = await server.SendAsync(cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        await reader.ReadLineAsync(cancellationToken);
        response.Dispose();

        await gone.Task.WaitAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Client_learns_that_the_server_broke_off(CancellationToken cancellationToken)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await LocalServer.StartAsync(async context =>
        {
            await context.Response.WriteAsync("begun\n");
            await context.Response.Body.FlushAsync();
            await begun.Task;
            context.Abort();
        });

        using var response = await server.SendAsync(cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        (await reader.ReadLineAsync(cancellationToken)).Should().Be("begun");
        begun.SetResult();

        await reader.Invoking(open => open.ReadLineAsync(cancellationToken).AsTask()).Should()
            .ThrowAsync<Exception>("a stream that ended normally would look complete");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Open_stream_ends_when_the_gateway_stops(CancellationToken cancellationToken)
    {
        await using var server = await LocalServer.StartAsync(async context =>
        {
            await context.Response.WriteAsync("begun\n");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        using var response = await server.SendAsync(cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        await reader.ReadLineAsync(cancellationToken);

        await server.Gateway.StopAsync().WaitAsync(cancellationToken);

        await reader.Invoking(open => open.ReadLineAsync(cancellationToken).AsTask()).Should().ThrowAsync<Exception>();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task WebSocket_carries_messages_both_ways_and_its_close(CancellationToken cancellationToken)
    {
        await using var server = await LocalServer.StartAsync(EchoAsync);
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("echo");
        foreach (var (name, value) in Headers(server)) socket.Options.SetRequestHeader(name, value);
        await socket.ConnectAsync(new UriBuilder(server.Gateway.Address) { Scheme = "ws", Path = "/any" }.Uri, cancellationToken);

        socket.SubProtocol.Should().Be("echo");
        var buffer = new byte[1 << 20];
        for (var length = 1; length <= buffer.Length; length <<= 5)
        {
            var sent = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
            await socket.SendAsync(sent, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
            (await ReceiveAsync(socket, buffer, cancellationToken)).AsSpan().SequenceEqual(sent).Should().BeTrue();
        }

        await socket.CloseAsync((WebSocketCloseStatus)4000, "enough", cancellationToken);
        socket.CloseStatus.Should().Be((WebSocketCloseStatus)4000);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Any_other_protocol_can_be_upgraded_to(CancellationToken cancellationToken)
    {
        await using var server = await LocalServer.StartAsync(async context =>
        {
            var upgrade = context.Features.GetRequiredFeature<IHttpUpgradeFeature>();
            context.Response.Headers.Upgrade = context.Request.Headers.Upgrade;
            await using var stream = await upgrade.UpgradeAsync();
            await stream.CopyToAsync(stream);
        });
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Gateway.Address.Port, cancellationToken);
        var stream = client.GetStream();
        var head = string.Join("\r\n", Headers(server).Select(header => $"{header.Name}: {header.Value}"));
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n{head}\r\n\r\n"), cancellationToken);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        (await reader.ReadLineAsync(cancellationToken)).Should().StartWith("HTTP/1.1 101 ");
        while (await reader.ReadLineAsync(cancellationToken) is { Length: > 0 })
        {
            // The rest of the head.
        }

        await stream.WriteAsync("hello\n"u8.ToArray(), cancellationToken);

        (await reader.ReadLineAsync(cancellationToken)).Should().Be("hello");
    }

    private static (string Name, string Value)[] Headers(LocalServer server) =>
        [("E2b-Sandbox-Id", "abc"), ("E2b-Sandbox-Port", $"{server.Port}"), ("X-Access-Token", GatewayServer.Token)];

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols.Single());
        var buffer = new byte[64 << 10];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, context.RequestAborted);
            if (received.MessageType == WebSocketMessageType.Close) break;
            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
        }

        await socket.CloseAsync(socket.CloseStatus!.Value, socket.CloseStatusDescription, context.RequestAborted);
    }

    private static async Task<byte[]> ReceiveAsync(ClientWebSocket socket, byte[] buffer, CancellationToken cancellationToken)
    {
        var length = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
            length += received.Count;
            if (received.EndOfMessage) return buffer[..length];
        }
    }
}
