using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Transport;

public sealed class DrainingConnectionTests
{
    [Test]
    [CancelAfter(30_000)]
    public async Task Bytes_pass_both_ways_until_the_client_closes(CancellationToken token)
    {
        await using var pair = await PairAsync(token);

        await pair.Client.SendAsync("hello"u8.ToArray(), token);
        (await pair.Server.Transport.Input.ReadAtLeastAsync(5, token)).Buffer.ToArray().Should().Equal("hello"u8.ToArray());
        pair.Server.Transport.Input.AdvanceTo(default);
        await pair.Server.Transport.Output.WriteAsync("and back"u8.ToArray(), token);
        (await ReceiveAsync(pair.Client, 8, token)).Should().Equal("and back"u8.ToArray());
        pair.Client.Dispose();

        await ClosedAsync(pair.Server, token);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Bytes_received_before_a_reset_are_read_and_then_the_end([Values] bool waitsForData, CancellationToken token)
    {
        await using var pair = await PairAsync(token, options => options.WaitForDataBeforeAllocatingBuffer = waitsForData);

        await pair.Client.SendAsync(new byte[3_000], token);
        Reset(pair.Client);
        await ClosedAsync(pair.Server, token);

        (await ReadToEndAsync(pair.Server, token)).Should().Be(3_000);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Sending_to_a_client_that_has_reset_throws_nothing_away_that_it_said(CancellationToken token)
    {
        // With this limit the connection does not read from the socket while one byte waits to be consumed.
        await using var pair = await PairAsync(token, options => options.MaxReadBufferSize = 1);
        await pair.Client.SendAsync(new byte[1], token);
        await pair.Server.Transport.Input.ReadAtLeastAsync(1, token);
        pair.Server.Transport.Input.AdvanceTo(default);
        await pair.Client.SendAsync(new byte[3_000], token);
        Reset(pair.Client);

        FlushResult flushed;
        do flushed = await pair.Server.Transport.Output.WriteAsync(new byte[100], token);
        while (!flushed.IsCompleted);

        (await ReadToEndAsync(pair.Server, token)).Should().Be(3_001);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Bytes_received_before_an_abort_are_read_and_then_the_end(CancellationToken token)
    {
        await using var pair = await PairAsync(token, options => options.MaxReadBufferSize = 1);
        await pair.Client.SendAsync(new byte[1], token);
        await pair.Server.Transport.Input.ReadAtLeastAsync(1, token);
        pair.Server.Transport.Input.AdvanceTo(default);
        await pair.Client.SendAsync(new byte[3_000], token);

        pair.Server.Abort();

        (await ReadToEndAsync(pair.Server, token)).Should().Be(3_001);
        await ClosedAsync(pair.Server, token);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task An_abort_ends_a_flush_to_a_client_that_does_not_read(CancellationToken token)
    {
        await using var pair = await PairAsync(token);
        var writing = pair.Server.Transport.Output.WriteAsync(new byte[64 << 20], token).AsTask();
        writing.IsCompleted.Should().BeFalse();

        pair.Server.Abort();

        (await writing).IsCompleted.Should().BeTrue();
        await ClosedAsync(pair.Server, token);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Disposing_sends_written_bytes_and_closes(CancellationToken token)
    {
        await using var pair = await PairAsync(token, options => options.MaxWriteBufferSize = null);
        var bytes = new byte[1 << 20];
        Random.Shared.NextBytes(bytes);
        await pair.Server.Transport.Output.WriteAsync(bytes, token);

        var disposing = pair.Server.DisposeAsync();
        (await ReceiveAsync(pair.Client, bytes.Length, token)).Should().Equal(bytes);
        (await pair.Client.ReceiveAsync(new byte[1], token)).Should().Be(0);

        await disposing;
        await pair.Server.DisposeAsync();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_client_that_has_said_all_it_had_to_say_still_gets_its_answer(CancellationToken token)
    {
        await using var pair = await PairAsync(token);
        await pair.Client.SendAsync(new byte[10], token);
        pair.Client.Shutdown(SocketShutdown.Send);
        (await ReadToEndAsync(pair.Server, token)).Should().Be(10);

        await pair.Server.Transport.Output.WriteAsync("answer"u8.ToArray(), token);

        (await ReceiveAsync(pair.Client, 6, token)).Should().Equal("answer"u8.ToArray());
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Long_streams_arrive_whole_in_both_directions_at_once([Values] bool waitsForData, CancellationToken token)
    {
        await using var pair = await PairAsync(token, options => options.WaitForDataBeforeAllocatingBuffer = waitsForData);
        var (question, answer) = (new byte[9_000_001], new byte[9_000_001]);
        new Random(1).NextBytes(question);
        new Random(2).NextBytes(answer);

        var asking = SendAllAsync(pair.Client, question, token);
        var answering = pair.Server.Transport.Output.WriteAsync(answer, token).AsTask();
        var receiving = ReceiveAsync(pair.Client, answer.Length, token);
        var read = await ReadExactlyAsync(pair.Server, question.Length, token);

        read.AsSpan().SequenceEqual(question).Should().BeTrue();
        (await receiving).AsSpan().SequenceEqual(answer).Should().BeTrue();
        await Task.WhenAll(asking, answering);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Small_messages_between_long_ones_arrive_at_once(CancellationToken token)
    {
        await using var pair = await PairAsync(token);
        foreach (var length in (int[])[1, 200_000, 2, 100, 65_536, 3])
        {
            var message = new byte[length];
            new Random(length).NextBytes(message);

            var sending = SendAllAsync(pair.Client, message, token);

            (await ReadExactlyAsync(pair.Server, length, token)).AsSpan().SequenceEqual(message).Should().BeTrue();
            await sending;
        }
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Memory_of_a_hosts_own_pool_need_not_be_made_of_arrays(CancellationToken token)
    {
        using var pool = new NativePool();
        await using var pair = await PairAsync(token, options => options.MaxWriteBufferSize = null, pool);
        var bytes = new byte[100_000];
        Random.Shared.NextBytes(bytes);

        await pair.Server.Transport.Output.WriteAsync(bytes, token);

        (await ReceiveAsync(pair.Client, bytes.Length, token)).Should().Equal(bytes);
    }

    private static async Task<Pair> PairAsync(
        CancellationToken token, Action<SocketTransportOptions>? configure = null, MemoryPool<byte>? pool = null)
    {
        var options = new SocketTransportOptions();
        configure?.Invoke(options);
        using var factory = DrainingFactory.Create(options, pool);
        await using var listener = await factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), token);
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(listener.EndPoint, token);
        return new Pair(client, (await listener.AcceptAsync(token))!);
    }

    private static void Reset(Socket client)
    {
        client.LingerState = new LingerOption(true, 0);
        client.Close();
    }

    private static async Task ClosedAsync(ConnectionContext connection, CancellationToken token)
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = connection.ConnectionClosed.Register(closed.SetResult);
        await closed.Task.WaitAsync(token);
    }

    private static async Task<long> ReadToEndAsync(ConnectionContext connection, CancellationToken token)
    {
        for (var total = 0L; ;)
        {
            var read = await connection.Transport.Input.ReadAsync(token);
            total += read.Buffer.Length;
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return total;
        }
    }

    private static async Task SendAllAsync(Socket client, ReadOnlyMemory<byte> bytes, CancellationToken token)
    {
        while (!bytes.IsEmpty) bytes = bytes[await client.SendAsync(bytes, token)..];
    }

    private static async Task<byte[]> ReadExactlyAsync(ConnectionContext connection, int length, CancellationToken token)
    {
        var bytes = new byte[length];
        await connection.Transport.Input.AsStream(leaveOpen: true).ReadExactlyAsync(bytes, token);
        return bytes;
    }

    private static async Task<byte[]> ReceiveAsync(Socket client, int length, CancellationToken token)
    {
        var received = new byte[length];
        for (var count = 0; count < length;) count += await client.ReceiveAsync(received.AsMemory(count), token);
        return received;
    }

    /// <summary>A pool whose memory is not backed by an array.</summary>
    private sealed class NativePool : MemoryPool<byte>
    {
        public override int MaxBufferSize => 4096;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => new Block();

        protected override void Dispose(bool disposing)
        {
        }

        private sealed class Block : MemoryManager<byte>
        {
            private readonly byte[] _bytes = new byte[4096];

            public override Span<byte> GetSpan() => _bytes;

            public override MemoryHandle Pin(int elementIndex = 0) => _bytes.AsMemory(elementIndex).Pin();

            public override void Unpin()
            {
            }

            protected override void Dispose(bool disposing)
            {
            }
        }
    }

    private sealed record Pair(Socket Client, ConnectionContext Server) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await Server.DisposeAsync();
        }
    }
}
