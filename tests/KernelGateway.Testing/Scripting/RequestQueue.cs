using System.Threading.Channels;

namespace KernelGateway.Testing.Scripting;

/// <summary>Processes requests one at a time, in order of arrival.</summary>
internal sealed class RequestQueue
{
    private readonly Lock _lock = new();
    private readonly LinkedList<KernelRequest> _waiting = [];
    // Signals that there are requests. One slot is enough: when it is full, the signal is already set, and another write is dropped.
    private readonly Channel<bool> _signal =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Func<KernelRequest, Task> _handle;
    private readonly AwaitableLog<Exception> _failures;
    private Task _processing = Task.CompletedTask;
    private KernelRequest? _current;
    private bool _isStopped;

    public RequestQueue(Func<KernelRequest, Task> handle, AwaitableLog<Exception> failures)
    {
        _handle = handle;
        _failures = failures;
    }

    public void Start() => _processing = ProcessAsync();

    public void Add(KernelRequest request)
    {
        lock (_lock) _waiting.AddLast(request);
        _signal.Writer.TryWrite(true);
    }

    public IReadOnlyList<KernelRequest> TakeWaiting(string messageType)
    {
        lock (_lock)
        {
            var taken = _waiting.Where(request => request.Message.MessageType == messageType).ToArray();
            foreach (var request in taken) _waiting.Remove(request);
            return taken;
        }
    }

    public void Interrupt()
    {
        KernelRequest? current;
        lock (_lock) current = _current;
        current?.Interrupt();
    }

    public Task StopAsync()
    {
        lock (_lock)
        {
            _isStopped = true;
            _waiting.Clear();
        }
        _signal.Writer.TryComplete();
        Interrupt();
        return _processing;
    }

    private async Task ProcessAsync()
    {
        while (await _signal.Reader.WaitToReadAsync())
        {
            _signal.Reader.TryRead(out _);
            while (TakeNext() is { } request)
            {
                try
                {
                    await _handle(request);
                }
                catch (OperationCanceledException) when (request.Interrupted.IsCancellationRequested)
                {
                    // The handler does not handle the interrupt itself.
                }
                catch (Exception exception)
                {
                    _failures.Add(exception);
                }
            }
        }
    }

    private KernelRequest? TakeNext()
    {
        lock (_lock)
        {
            _current = _isStopped ? null : _waiting.First?.Value;
            if (_current is not null) _waiting.RemoveFirst();
            return _current;
        }
    }
}
