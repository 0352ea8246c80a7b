using System.Threading.Channels;

namespace KernelGateway.SandboxServices.Watching;

/// <summary>The events of one watch that nobody has taken yet.</summary>
internal sealed class WatchEventQueue(string root, int capacity)
{
    private readonly Lock _lock = new();

    // Says that something may be there. It holds one element at most, however many events come.
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private Queue<WatchEvent> _events = new();
    private bool _isCut;

    /// <summary>Adds an event.</summary>
    /// <param name="kind">What happened.</param>
    /// <param name="name">The path relative to the watched directory.</param>
    internal void Add(WatchEventKind kind, string name)
    {
        lock (_lock)
        {
            if (_isCut) return;
            _isCut = _events.Count >= capacity;
            if (_isCut) (kind, name) = (WatchEventKind.Overflow, ".");
            _events.Enqueue(new WatchEvent
            {
                Kind = kind, Name = name, Path =
                name == "." ? root : Files.PathRules.Join(root, name)
            });
        }

        _signal.Writer.TryWrite(true);
    }

    /// <summary>Takes all events.</summary>
    internal IReadOnlyCollection<WatchEvent> TakeAll()
    {
        lock (_lock)
        {
            _isCut = false;
            if (_events.Count == 0) return [];
            var taken = _events;
            _events = new Queue<WatchEvent>();
            return taken;
        }
    }

    /// <summary>Waits until there may be events; false when there will be no more.</summary>
    /// <exception cref="Exception">What <see cref="Complete"/> was given.</exception>
    internal async ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        if (!await _signal.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false)) return false;
        _signal.Reader.TryRead(out _);
        return true;
    }

    /// <summary>Ends the events.</summary>
    /// <param name="failure">Why, if it is a failure. Whoever waits gets it.</param>
    internal void Complete(Exception? failure = null) => _signal.Writer.TryComplete(failure);

    /// <summary>Throws the failure with which the events ended.</summary>
    internal void ThrowIfFailed()
    {
        if (_signal.Reader.Completion is { IsFaulted: true, Exception.InnerException: { } failure })
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }
}
