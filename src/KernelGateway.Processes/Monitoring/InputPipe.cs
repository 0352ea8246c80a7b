using System.IO.Pipes;
using System.Runtime.InteropServices;
using KernelGateway.Processes.Native;

namespace KernelGateway.Processes.Monitoring;

/// <summary>What became of bytes for a process.</summary>
internal enum InputResult
{
    /// <summary>The system has them.</summary>
    Written,

    /// <summary>The input was closed, by its owner or by the process.</summary>
    Closed,

    /// <summary>The process has ended.</summary>
    ProcessEnded,
}

/// <summary>Writes into the standard input or the terminal of a process. No thread waits for a process that does not read.</summary>
internal sealed class InputPipe : IDisposable
{
    private readonly ProcessMonitor _monitor;
    private readonly Lock _lock = new();
    private readonly LinkedList<Pending> _pending = [];     // Guarded by _lock, as all below.
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SafeHandle _writeEnd;

    // Without a reference its finalizer would close the write end too early.
    private readonly IDisposable? _owner;
    private bool _isClosing;
    private InputResult? _end;

    private InputPipe(ProcessMonitor monitor, SafeHandle writeEnd, IDisposable? owner)
    {
        _monitor = monitor;
        _writeEnd = writeEnd;
        _owner = owner;
        LibC.SetNonBlocking((int)writeEnd.DangerousGetHandle());
    }

    /// <summary>Gets what the monitor polls: -1 while nothing waits for room.</summary>
    internal int PolledDescriptor
    {
        get
        {
            lock (_lock) return _end is null && _pending.Count > 0 ? (int)_writeEnd.DangerousGetHandle() : -1;
        }
    }

    /// <summary>Creates a pipe. The caller closes the end of the process once the process has it.</summary>
    internal static InputPipe Create(ProcessMonitor monitor, out SafeHandle processEnd)
    {
        var stream = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None);
        processEnd = OutputPipe.AboveStandardStreams(stream.ClientSafePipeHandle);
        return new InputPipe(monitor, stream.SafePipeHandle, stream);
    }

    /// <summary>Writes into a terminal, of which this object gets a descriptor of its own.</summary>
    internal static InputPipe Create(ProcessMonitor monitor, PseudoTerminal terminal) =>
        new(monitor, LibC.DuplicateAboveStandardStreams((int)terminal.Master.DangerousGetHandle()), owner: null);

    /// <summary>Writes all bytes, after those of earlier calls.</summary>
    /// <param name="data">The bytes, which must not change meanwhile.</param>
    /// <param name="cancellationToken">
    /// Takes the bytes back if none of them is written yet. Otherwise it ends the waiting, and the bytes are written nevertheless.
    /// </param>
    internal async Task<InputResult> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new Pending(data);
        lock (_lock)
        {
            if (_end is { } end) return end;
            if (_isClosing) return InputResult.Closed;
            _pending.AddLast(pending);
            if (_pending.Count == 1) WriteLocked();
        }

        if (!pending.Done.Task.IsCompleted) _monitor.Wake();
        using var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((Action<CancellationToken>)state!)(token),
            (Action<CancellationToken>)(token => Abandon(pending, token)));
        return await pending.Done.Task.ConfigureAwait(false);
    }

    /// <summary>Closes the input once everything is written; completes when it is closed.</summary>
    internal Task CloseAsync()
    {
        lock (_lock)
        {
            _isClosing = true;
            if (_pending.Count == 0) CloseLocked(InputResult.Closed);
        }

        // A poll of this descriptor that has begun keeps the pipe open.
        _monitor.Wake();
        return _closed.Task;
    }

    /// <summary>Writes what there is room for. Monitor's thread only.</summary>
    internal void Pump()
    {
        lock (_lock) WriteLocked();
    }

    /// <summary>Closes it because the process has ended; what is not written is given up.</summary>
    public void Dispose()
    {
        lock (_lock) CloseLocked(InputResult.ProcessEnded);
    }

    private void WriteLocked()
    {
        while (_end is null && _pending.First?.Value is { } pending)
        {
            if (!pending.Data.IsEmpty)
            {
                var count = LibC.Write((int)_writeEnd.DangerousGetHandle(), pending.Data.Span);
                if (count == LibC.NoRoom) return;
                if (count < 0)
                {
                    CloseLocked(InputResult.Closed);
                    return;
                }

                pending.Data = pending.Data[count..];
                pending.HasBegun = true;
                if (!pending.Data.IsEmpty) continue;
            }

            _pending.RemoveFirst();
            pending.Done.TrySetResult(InputResult.Written);
        }

        if (_isClosing) CloseLocked(InputResult.Closed);
    }

    private void CloseLocked(InputResult end)
    {
        if (_end is not null) return;
        _end = end;
        foreach (var pending in _pending) pending.Done.TrySetResult(end);
        _pending.Clear();
        _writeEnd.Dispose();
        _owner?.Dispose();
        _closed.TrySetResult();
    }

    private void Abandon(Pending pending, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // The caller may use its memory for something else from now on.
            if (pending.HasBegun) pending.Data = pending.Data.ToArray();
            else _pending.Remove(pending);
            pending.Done.TrySetCanceled(cancellationToken);
        }
    }

    private sealed class Pending(ReadOnlyMemory<byte> data)
    {
        internal ReadOnlyMemory<byte> Data { get; set; } = data;

        internal bool HasBegun { get; set; }

        internal TaskCompletionSource<InputResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
