namespace KernelGateway.AspNetCore.Jupyter.Terminals;

/// <summary>The last output of a terminal, which any number of clients read at their own positions.</summary>
/// <remarks>
/// A client that connects gets what is kept, so that it shows what other clients show. While the slowest client is too far behind,
/// the terminal is not read and its programs wait.
/// </remarks>
internal sealed class TerminalOutput
{
    private const int MaxBytes = 512 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _chunks = new();
    private readonly List<Reader> _readers = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _start;       // the position of the first chunk that is kept
    private long _end;
    private bool _isComplete;

    /// <summary>Begins to read at the oldest chunk that is kept.</summary>
    public Reader Open()
    {
        lock (_gate)
        {
            var reader = new Reader(this) { Position = _start };
            _readers.Add(reader);
            return reader;
        }
    }

    /// <summary>Adds a chunk, when every reader has come near enough.</summary>
    public async Task AppendAsync(ReadOnlyMemory<byte> data)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_readers.All(reader => _end + data.Length - reader.Position <= MaxBytes))
                {
                    Add(data.ToArray());
                    return;
                }

                changed = _changed.Task;
            }

            await changed;
        }
    }

    /// <summary>Marks the end: nothing more is added.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            ReportChange();
        }
    }

    private void Add(byte[] data)
    {
        _chunks.Enqueue(data);
        _end += data.Length;
        while (_end - _start > MaxBytes) _start += _chunks.Dequeue().Length;
        ReportChange();
    }

    private void ReportChange()
    {
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }

    private bool TryRead(Reader reader, out byte[]? chunk, out Task changed)
    {
        lock (_gate)
        {
            chunk = null;
            changed = _changed.Task;
            var position = _start;
            foreach (var kept in _chunks)
            {
                if (position >= reader.Position)
                {
                    chunk = kept;
                    reader.Position = position + kept.Length;
                    ReportChange();
                    return true;
                }

                position += kept.Length;
            }

            return _isComplete;
        }
    }

    private void Close(Reader reader)
    {
        lock (_gate)
        {
            _readers.Remove(reader);
            ReportChange();
        }
    }

    /// <summary>One client's position. Disposing it lets the others go on without it.</summary>
    internal sealed class Reader(TerminalOutput output) : IDisposable
    {
        /// <summary>Gets or sets the position of the next chunk. Guarded by the lock of the output.</summary>
        internal long Position { get; set; }

        /// <summary>Waits for the next chunk; null at the end.</summary>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public async ValueTask<byte[]?> ReadAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                if (output.TryRead(this, out var chunk, out var changed)) return chunk;
                await changed.WaitAsync(cancellationToken);
            }
        }

        public void Dispose() => output.Close(this);
    }
}
