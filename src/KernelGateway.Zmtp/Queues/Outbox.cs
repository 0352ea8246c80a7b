using KernelGateway.Zmtp.Framing;

namespace KernelGateway.Zmtp.Queues;

/// <summary>The messages and commands that wait to be written to one peer.</summary>
/// <remarks>
/// A connecting peer keeps its outbox, and the messages in it, over reconnects. The number of messages is limited; the socket
/// type decides what happens when it is full. Commands belong to a connection and are dropped with it.
/// </remarks>
internal sealed class Outbox(int limit, Action? onRoom = null)
{
    // PONGs must not pile up for a peer that does not read; the newest are enough.
    private const int MaxAnswers = 16;

    private readonly Lock _gate = new();
    private readonly Queue<OutgoingMessage> _messages = new();
    private readonly Queue<byte[]> _commands = new();
    private readonly Queue<byte[]> _answers = new();
    private IOutboxWriter? _writer;
    private TaskCompletionSource? _drained;
    private bool _isWriting;
    private bool _wasRefused;
    private bool _isClosed;

    /// <summary>
    /// Accepts a message, and writes it at once when the connection is idle. False when the outbox is full or closed.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="inline">False lets the connection's loop write, for callers that hold a lock.</param>
    public bool TryEnqueue(in OutgoingMessage message, bool inline = true)
    {
        IOutboxWriter? writer;
        lock (_gate)
        {
            if (_isClosed) return false;
            if (limit > 0 && _messages.Count >= limit)
            {
                _wasRefused = true;
                return false;
            }

            _messages.Enqueue(message);
            writer = ClaimLocked();
        }

        if (inline) writer?.WriteInline();
        else writer?.WriteInLoop();
        return true;
    }

    public void EnqueueCommand(byte[] frame) => Enqueue(_commands, frame, int.MaxValue);

    public void EnqueueAnswer(byte[] frame) => Enqueue(_answers, frame, MaxAnswers);

    /// <summary>Connects the outbox to a connection that has finished its handshake.</summary>
    public void Attach(IOutboxWriter writer)
    {
        IOutboxWriter? claimed;
        lock (_gate)
        {
            _writer = writer;
            _isWriting = false;
            claimed = ClaimLocked();
        }

        claimed?.WriteInLoop();
    }

    /// <summary>Forgets the connection; messages stay.</summary>
    public void Detach(IOutboxWriter writer)
    {
        lock (_gate)
        {
            if (_writer != writer) return;
            _writer = null;
            _isWriting = false;
            _commands.Clear();
            _answers.Clear();
            NoticeDrainedLocked();
        }
    }

    /// <summary>Drops all messages and accepts no more.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _messages.Clear();
            NoticeDrainedLocked();
        }
    }

    /// <summary>Completes when every message has been given to the transport.</summary>
    public Task WhenDrained()
    {
        lock (_gate)
        {
            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            NoticeDrainedLocked();
            return _drained.Task;
        }
    }

    /// <summary>Returns the next message or command to the writer that has the turn.</summary>
    public OutgoingKind TryDequeue(IOutboxWriter writer, out OutgoingMessage message, out byte[] command)
    {
        message = default;
        command = [];
        var hasRoom = false;
        lock (_gate)
        {
            if (_writer != writer) return OutgoingKind.Nothing;
            if (_answers.TryDequeue(out var answer) || _commands.TryDequeue(out answer))
            {
                command = answer;
                return OutgoingKind.Command;
            }

            if (!_messages.TryDequeue(out message)) return OutgoingKind.Nothing;
            if (_wasRefused && _messages.Count <= limit / 2)
            {
                _wasRefused = false;
                hasRoom = true;
            }
        }

        if (hasRoom) onRoom?.Invoke();
        return OutgoingKind.Message;
    }

    /// <summary>Returns the turn; false when more was added in the meantime and the writer keeps the turn.</summary>
    public bool TryEndTurn(IOutboxWriter writer)
    {
        lock (_gate)
        {
            if (_writer != writer) return true;
            if (HasWorkLocked) return false;
            _isWriting = false;
            NoticeDrainedLocked();
            return true;
        }
    }

    private bool HasWorkLocked => _messages.Count > 0 || _commands.Count > 0 || _answers.Count > 0;

    private void Enqueue(Queue<byte[]> queue, byte[] frame, int max)
    {
        IOutboxWriter? writer;
        lock (_gate)
        {
            if (_isClosed || _writer is null) return;
            if (queue.Count >= max) queue.Dequeue();
            queue.Enqueue(frame);
            writer = ClaimLocked();
        }

        writer?.WriteInLoop();
    }

    private IOutboxWriter? ClaimLocked()
    {
        if (_isWriting || _writer is null || !HasWorkLocked) return null;
        _isWriting = true;
        return _writer;
    }

    private void NoticeDrainedLocked()
    {
        if (_drained is not null && _messages.Count == 0 && !_isWriting) _drained.TrySetResult();
    }
}
