using System.IO.Pipelines;

namespace KernelGateway.Zmtp.Transports;

/// <summary>One end of a stream within the process: real ZMTP with no port, for tests of the layers above.</summary>
internal sealed class InprocTransport(PipeReader reader, PipeWriter writer) : ZmtpTransport
{
    private const int PauseBytes = 64 * 1024;
    // Completing a pipe frees its memory, so nothing may be copied into it at that moment.
    private readonly Lock _writing = new();
    private bool _isClosed;

    public static (InprocTransport First, InprocTransport Second) CreatePair()
    {
        var options = new PipeOptions(
            pauseWriterThreshold: PauseBytes, resumeWriterThreshold: PauseBytes / 2, useSynchronizationContext: false);
        var there = new Pipe(options);
        var back = new Pipe(options);
        return (new InprocTransport(back.Reader, there.Writer), new InprocTransport(there.Reader, back.Writer));
    }

    public override async ValueTask<int> ReceiveAsync(Memory<byte> memory)
    {
        var result = await reader.ReadAsync().ConfigureAwait(false);
        if (result.IsCanceled) return 0;
        var bytes = (int)Math.Min(result.Buffer.Length, memory.Length);
        var part = result.Buffer.Slice(0, bytes);
        var target = memory.Span;
        foreach (var chunk in part)
        {
            chunk.Span.CopyTo(target);
            target = target[chunk.Length..];
        }

        reader.AdvanceTo(part.End);
        return bytes;
    }

    public override async ValueTask SendAsync(List<ArraySegment<byte>> segments)
    {
        foreach (var segment in segments)
        {
            var result = await WriteAsync(segment).ConfigureAwait(false);
            if (result.IsCompleted || result.IsCanceled) throw new IOException("The other end of the stream is closed.");
        }
    }

    public override void Close()
    {
        lock (_writing)
        {
            if (_isClosed) return;
            _isClosed = true;
            writer.CancelPendingFlush();
            writer.Complete();
        }

        reader.CancelPendingRead();
    }

    public override void Dispose()
    {
        base.Dispose();
        reader.Complete();
    }

    private ValueTask<FlushResult> WriteAsync(ArraySegment<byte> segment)
    {
        lock (_writing)
        {
            if (_isClosed) throw new IOException("The stream is closed.");
            return writer.WriteAsync(segment);
        }
    }
}
