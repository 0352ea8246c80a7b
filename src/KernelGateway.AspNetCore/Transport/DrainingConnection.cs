using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace KernelGateway.AspNetCore.Transport;

/// <summary>One client's socket as Kestrel sees it: two pipes, a loop that receives and a loop that sends.</summary>
/// <remarks>
/// Kestrel's own sockets discard the last bytes of a client when the connection breaks: a failed send closes the socket with
/// bytes that were received and not read, and an error at the end of the pipe hides the bytes in it. These bytes are
/// acknowledgements of Jupyter clients. Here only the receive loop ends the input: it reads what the socket has received, and
/// completes the pipe without an error (docs/decisions/003-socket-transport.md).
/// </remarks>
#pragma warning disable CA1001 // A CancellationTokenSource without a timer needs no disposal, and is read after the connection has ended.
internal sealed class DrainingConnection : DefaultConnectionContext, IConnectionSocketFeature, IMemoryPoolFeature
#pragma warning restore CA1001
{
    // Upper bound on the bytes drained after an abort, so that a client cannot grow the gateway's memory by being aborted.
    private const int MaxDrainedBytes = 1 << 20;

    // What is received at once: half a block of Kestrel's pool at least, and more from a client that sends much. With these
    // blocks alone an upload would mostly consist of calls.
    private const int SmallReceiveBytes = 2 * 1024;
    private const int LargeReceiveBytes = 64 * 1024;

    private static long _lastNumber;

    private readonly Pipe _input;
    private readonly Pipe _output;
    private readonly bool _waitsForData;
    private readonly CancellationTokenSource _ending = new();   // cancelled with _ended
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);   // completed when nothing more is sent
    private readonly CancellationTokenSource _closed = new();   // cancelled at the end of the input
    private readonly List<ArraySegment<byte>> _segments = [];   // used by the send loop only
    private Task _running = Task.CompletedTask;
    private Action? _disposed;   // called by the first disposal

    public DrainingConnection(Socket socket, SocketTransportOptions options, MemoryPool<byte> pool, Action? disposed = null)
        : base($"{Interlocked.Increment(ref _lastNumber):x8}")
    {
        _disposed = disposed;
        Socket = socket;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        MemoryPool = pool;
        Features.Set<IConnectionSocketFeature>(this);
        Features.Set<IMemoryPoolFeature>(this);
        _waitsForData = options.WaitForDataBeforeAllocatingBuffer;
        _input = MakePipe(options.MaxReadBufferSize);
        _output = MakePipe(options.MaxWriteBufferSize);
        Transport = new DuplexPipe(_input.Reader, _output.Writer);
        Application = new DuplexPipe(_output.Reader, _input.Writer);
    }

    public Socket Socket { get; }

    public MemoryPool<byte> MemoryPool { get; }

    public void Start()
    {
        using (ExecutionContext.SuppressFlow()) _running = RunAsync();
    }

    /// <summary>Aborts the connection. Bytes that have been received can still be read.</summary>
    public override void Abort(ConnectionAbortedException abortReason) => End();

    /// <summary>Sends what has been written, unless the connection was aborted, and closes it.</summary>
    public override async ValueTask DisposeAsync()
    {
        // The own pipes: connection middleware may have replaced Transport.
        await _input.Reader.CompleteAsync();
        await _output.Writer.CompleteAsync();
        try
        {
            await _running;
        }
        finally
        {
            Interlocked.Exchange(ref _disposed, null)?.Invoke();
        }

        await base.DisposeAsync();
    }

    // Continuations do not run inline: a sender would occupy the thread that reports the socket's next bytes.
    private Pipe MakePipe(long? maxBytes) => new(new PipeOptions(
        MemoryPool,
        pauseWriterThreshold: maxBytes ?? 0,
        resumeWriterThreshold: (maxBytes ?? 0) / 2,
        useSynchronizationContext: false));

    private async Task RunAsync()
    {
        var sending = SendAllAsync();
        await ReceiveAllAsync();
        await _input.Writer.CompleteAsync();
        await _closed.CancelAsync();

        // A client that has shut down its side may still receive.
        await _ended.Task;
        Socket.Dispose();
        await sending;
    }

    private async Task ReceiveAllAsync()
    {
        try
        {
            var wanted = SmallReceiveBytes;
            while (true)
            {
                if (_waitsForData) await Socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, _ending.Token);
                var memory = _input.Writer.GetMemory(wanted);
                var bytes = await Socket.ReceiveAsync(memory, SocketFlags.None, _ending.Token);
                if (bytes == 0) return;
                _input.Writer.Advance(bytes);
                if ((await _input.Writer.FlushAsync(_ending.Token)).IsCompleted) return;

                // A block that is not half full shows that little is coming.
                if (bytes == memory.Length) wanted = LargeReceiveBytes;
                else if (bytes < LargeReceiveBytes / 2) wanted = SmallReceiveBytes;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            ReceiveArrived();
        }
    }

    // Never blocks.
    private void ReceiveArrived()
    {
        try
        {
            for (var drained = 0; drained < MaxDrainedBytes && Socket.Available > 0;)
            {
                var bytes = Socket.Receive(_input.Writer.GetSpan(), SocketFlags.None);
                if (bytes == 0) return;
                _input.Writer.Advance(bytes);
                drained += bytes;
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The socket is closed, or the reader has completed.
        }
    }

    private async Task SendAllAsync()
    {
        try
        {
            while (true)
            {
                var result = await _output.Reader.ReadAsync();
                if (_ending.IsCancellationRequested) break;
                if (!result.Buffer.IsEmpty) await SendAsync(result.Buffer);
                _output.Reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted) break;
            }

            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection is lost, or was aborted.
        }
        finally
        {
            await _output.Reader.CompleteAsync();
            End();
        }
    }

    private async ValueTask SendAsync(ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
        {
            await Socket.SendAsync(bytes.First, SocketFlags.None);
            return;
        }

        foreach (var memory in bytes)
        {
            // Kestrel's pools use arrays; a host's own pool may not.
            _segments.Add(MemoryMarshal.TryGetArray(memory, out var segment) ? segment : memory.ToArray());
        }

        await Socket.SendAsync(_segments, SocketFlags.None);
        _segments.Clear();
    }

    // Not awaited: it wakes the receive loop, which ends the connection.
    private void End()
    {
        _ended.TrySetResult();
        _ = _ending.CancelAsync();
        _output.Reader.CancelPendingRead();
    }

    private sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
