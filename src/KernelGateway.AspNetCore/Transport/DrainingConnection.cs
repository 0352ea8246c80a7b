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
/// Kestrel's own sockets throw away what a client said last when the connection breaks: a failing send closes the socket with what has arrived
/// and not been read, and an error at its end hides what is in the pipe. What clients say last to us are acknowledgements, which tell what they need
/// not be sent again. So here nothing but the receive loop ends the receiving: it takes what has arrived, whatever became of
/// the connection meanwhile, and the pipe ends behind that, without an error.
/// </remarks>
#pragma warning disable CA1001 // A source of cancellation without a timer has nothing to dispose of, and others may ask it afterwards.
internal sealed class DrainingConnection : DefaultConnectionContext, IConnectionSocketFeature, IMemoryPoolFeature
#pragma warning restore CA1001
{
    // Upper bound on the bytes drained after an abort, so that a client cannot grow the gateway's memory by being aborted.
    private const int MaxDrainedBytes = 1 << 20;

    private static long _lastNumber;

    private readonly Pipe _input;
    private readonly Pipe _output;
    private readonly bool _waitsForData;
    private readonly CancellationTokenSource _ending = new();   // fires with _ended
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);   // nothing more is sent
    private readonly CancellationTokenSource _closed = new();   // fires when nothing more comes
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

    /// <summary>Breaks it off. What the client said before can still be read.</summary>
    public override void Abort(ConnectionAbortedException abortReason) => End();

    /// <summary>Sends what has been written, unless the connection has been broken off, and closes.</summary>
    public override async ValueTask DisposeAsync()
    {
        // Ours: somebody may have put other pipes around them.
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

    // Nothing runs inline: whoever sends would keep the thread on which the socket's next octets are told of.
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

        // A client that has said all it wants to say may still be listening.
        await _ended.Task;
        Socket.Dispose();
        await sending;
    }

    private async Task ReceiveAllAsync()
    {
        try
        {
            while (true)
            {
                if (_waitsForData) await Socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, _ending.Token);
                var octets = await Socket.ReceiveAsync(_input.Writer.GetMemory(), SocketFlags.None, _ending.Token);
                if (octets == 0) return;
                _input.Writer.Advance(octets);
                if ((await _input.Writer.FlushAsync(_ending.Token)).IsCompleted) return;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            ReceiveArrived();
        }
    }

    // Waits for nothing.
    private void ReceiveArrived()
    {
        try
        {
            for (var drained = 0; drained < MaxDrainedBytes && Socket.Available > 0;)
            {
                var octets = Socket.Receive(_input.Writer.GetSpan(), SocketFlags.None);
                if (octets == 0) return;
                _input.Writer.Advance(octets);
                drained += octets;
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The socket is of no use any more, or nobody reads.
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
            // The client has gone, or was broken off.
        }
        finally
        {
            await _output.Reader.CompleteAsync();
            End();
        }
    }

    private async ValueTask SendAsync(ReadOnlySequence<byte> octets)
    {
        if (octets.IsSingleSegment)
        {
            await Socket.SendAsync(octets.First, SocketFlags.None);
            return;
        }

        foreach (var memory in octets)
        {
            // The memory of Kestrel's pools is made of arrays; that of a host's own pool need not be.
            _segments.Add(MemoryMarshal.TryGetArray(memory, out var segment) ? segment : memory.ToArray());
        }

        await Socket.SendAsync(_segments, SocketFlags.None);
        _segments.Clear();
    }

    // Not awaited: it wakes the receive loop, which does the rest.
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
