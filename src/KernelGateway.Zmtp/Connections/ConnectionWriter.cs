using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Queues;
using KernelGateway.Zmtp.Transports;

namespace KernelGateway.Zmtp.Connections;

/// <summary>Writes one connection: on the sender's own thread when the connection is idle, in its loop when it is not.</summary>
/// <remarks>
/// The fields are used only by the holder of the outbox's turn. A sender passes the turn to the loop with the signal.
/// </remarks>
internal sealed class ConnectionWriter(Outbox outbox, ZmtpTransport transport, Action<Exception> onFailure) : IOutboxWriter
{
    private readonly AsyncSignal _turn = new();
    private readonly FrameBatch _batch = new();
    private OutgoingMessage _current;
    private int _nextFrame;
    private bool _hasCurrent;
    private byte[]? _heldCommand;
    private Task _pending = Task.CompletedTask;

    /// <summary>Writes what can be written without waiting; the loop writes the rest.</summary>
    public void WriteInline()
    {
        try
        {
            if (FillBatch())
            {
                var sending = transport.SendAsync(_batch.Segments);
                if (!sending.IsCompletedSuccessfully)
                {
                    _pending = sending.AsTask();
                    Observe(_pending);
                    _turn.Set();
                    return;
                }

                _batch.Clear();
            }

            if (!TryEndTurn()) _turn.Set();
        }
        catch (Exception e)
        {
            // The turn is not returned: nothing more is written to this connection.
            onFailure(e);
        }
    }

    public void WriteInLoop() => _turn.Set();

    public void Complete() => _turn.Complete();

    /// <summary>Writes what senders could not write without waiting, until the connection ends.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (await _turn.WaitAsync().ConfigureAwait(false))
            {
                await _pending.ConfigureAwait(false);
                _batch.Clear();
                do
                {
                    while (FillBatch())
                    {
                        await transport.SendAsync(_batch.Segments).ConfigureAwait(false);
                        _batch.Clear();
                    }
                }
                while (!TryEndTurn());
            }
        }
        catch (Exception e)
        {
            onFailure(e);
        }
    }

    // The loop may have ended already, and then the write that the end of the connection aborts is not awaited.
    private static void Observe(Task writing) => _ = writing.ContinueWith(
        static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    // The buffer is returned before the turn: the next holder may be writing already when this call returns.
    private bool TryEndTurn()
    {
        // A message of several batches: no other message may be written between them.
        if (_hasCurrent || _heldCommand is not null) return false;
        _batch.Release();
        return outbox.TryEndTurn(this);
    }

    // True when there is something to write.
    private bool FillBatch()
    {
        while (true)
        {
            if (_hasCurrent && !AppendCurrent()) break;
            if (_heldCommand is not null)
            {
                if (!_batch.TryAppendEncoded(_heldCommand)) break;
                _heldCommand = null;
            }

            var kind = outbox.TryDequeue(this, out var message, out var command);
            if (kind == OutgoingKind.Nothing) break;
            if (kind == OutgoingKind.Command)
            {
                _heldCommand = command;
                continue;
            }

            _current = message;
            _nextFrame = 0;
            _hasCurrent = true;
        }

        return !_batch.IsEmpty;
    }

    private bool AppendCurrent()
    {
        var count = _current.Count;
        for (; _nextFrame < count; _nextFrame++)
        {
            var flags = _nextFrame < count - 1 ? FrameFlags.More : (byte)0;
            if (!_batch.TryAppend(flags, _current[_nextFrame])) return false;
        }

        _hasCurrent = false;
        _current = default;
        return true;
    }
}
