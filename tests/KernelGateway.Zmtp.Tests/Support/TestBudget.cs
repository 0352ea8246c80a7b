namespace KernelGateway.Zmtp.Tests.Support;

/// <summary>A memory budget with a limit. It counts requests and refusals, and a test can await its use.</summary>
internal sealed class TestBudget(long limitBytes) : IZmtpMemoryBudget
{
    private readonly Lock _gate = new();
    private readonly List<(long Bytes, TaskCompletionSource Reached)> _watchers = [];
    private long _usedBytes;

    public int Requests { get; private set; }

    public int Refusals { get; private set; }

    public long UsedBytes
    {
        get
        {
            lock (_gate)
                return _usedBytes;
        }
    }

    public bool TryReserve(long bytes)
    {
        lock (_gate)
        {
            Requests++;
            if (bytes <= 0) throw new InvalidOperationException($"{bytes} bytes were asked for.");
            if (bytes > limitBytes - _usedBytes)
            {
                Refusals++;
                return false;
            }

            _usedBytes += bytes;
            foreach (var (wanted, reached) in _watchers)
                if (_usedBytes >= wanted) reached.TrySetResult();
            return true;
        }
    }

    public void Release(long bytes)
    {
        lock (_gate)
        {
            if (bytes <= 0 || bytes > _usedBytes) throw new InvalidOperationException($"{bytes} bytes of {_usedBytes} were released.");
            _usedBytes -= bytes;
        }
    }

    /// <summary>Waits until at least the given number of bytes is reserved.</summary>
    public Task WaitForUseAsync(long bytes, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_usedBytes >= bytes) return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((bytes, reached));
            return reached.Task.WaitAsync(cancellationToken);
        }
    }
}
