namespace KernelGateway.Testing;

/// <summary>An append-only list whose items a test can await. An item that is already in the list completes the wait at once.</summary>
/// <typeparam name="T">The type of the items.</typeparam>
public sealed class AwaitableLog<T>
{
    private readonly Lock _lock = new();
    private readonly List<T> _items = [];
    private TaskCompletionSource? _added;   // created by the first waiter, because most items have none

    /// <summary>Gets a copy of all items so far.</summary>
    public IReadOnlyList<T> Items
    {
        get
        {
            lock (_lock) return [.. _items];
        }
    }

    /// <summary>Gets the number of items so far.</summary>
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
    /// <param name="isWanted">Selects the item.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The first such item, already added or still to come.</returns>
    public Task<T> WaitForAsync(Func<T, bool> isWanted, CancellationToken cancellationToken) =>
        WaitForAsync(isWanted, 1, cancellationToken);

    /// <summary>Waits for the n-th of the selected items.</summary>
    /// <param name="isWanted">Selects the items that count.</param>
    /// <param name="number">The number of the item, from 1.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>That item, already added or still to come.</returns>
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
