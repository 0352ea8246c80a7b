namespace KernelGateway.Testing;

/// <summary>Is a list that only grows and that tests can wait on: an item that has been added already counts.</summary>
/// <typeparam name="T">What is collected.</typeparam>
public sealed class AwaitableLog<T>
{
    private readonly Lock _lock = new();
    private readonly List<T> _items = [];
    private TaskCompletionSource? _added;   // made by the first waiter: most items have no waiter

    /// <summary>Gets a copy of all items so far.</summary>
    public IReadOnlyList<T> Items
    {
        get
        {
            lock (_lock) return [.. _items];
        }
    }

    /// <summary>Gets how many items there are so far.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _items.Count;
        }
    }

    /// <summary>Adds an item and wakes the waiters.</summary>
    /// <param name="item">The item.</param>
    public void Add(T item)
    {
        TaskCompletionSource? added;
        lock (_lock)
        {
            _items.Add(item);
            (added, _added) = (_added, null);
        }
        added?.SetResult();
    }

    /// <summary>Waits for an item.</summary>
    /// <param name="isWanted">Which item.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The first one, past or future.</returns>
    public Task<T> WaitForAsync(Func<T, bool> isWanted, CancellationToken cancellationToken) =>
        WaitForAsync(isWanted, 1, cancellationToken);

    /// <summary>Waits for the n-th of the items that are wanted.</summary>
    /// <param name="isWanted">Which items count.</param>
    /// <param name="number">Which one of them, from 1.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>That item, past or future.</returns>
    public async Task<T> WaitForAsync(Func<T, bool> isWanted, int number, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(isWanted);
        var seen = 0;
        while (true)
        {
            Task added;
            lock (_lock)
            {
                for (; seen < _items.Count; seen++)
                {
                    if (isWanted(_items[seen]) && --number == 0) return _items[seen];
                }
                added = (_added ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            await added.WaitAsync(cancellationToken);
        }
    }
}
