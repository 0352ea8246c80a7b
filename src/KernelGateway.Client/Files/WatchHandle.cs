namespace KernelGateway.Client;

/// <summary>A watch of a directory that calls back.</summary>
public sealed class WatchHandle : IAsyncDisposable
{
    private readonly DirectoryWatch _watch;
    private readonly Action<FileEvent> _onEvent;
    private readonly Action<Exception?>? _onExit;
    private readonly CancellationTokenSource _stopping = new();
    private Task _reading = Task.CompletedTask;

    private WatchHandle(DirectoryWatch watch, Action<FileEvent> onEvent, Action<Exception?>? onExit)
    {
        _watch = watch;
        _onEvent = onEvent;
        _onExit = onExit;
    }

    internal static WatchHandle Start(DirectoryWatch watch, Action<FileEvent> onEvent, Action<Exception?>? onExit)
    {
        var handle = new WatchHandle(watch, onEvent, onExit);
        handle._reading = handle.ReadAsync();
        return handle;
    }

    /// <summary>Ends the watch. After it, the callback is not called any more; it must not be called by the callback itself.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
    }

    /// <summary>Ends the watch, as <see cref="StopAsync"/> does.</summary>
    public ValueTask DisposeAsync() => new(StopAsync());

    // Never fails: what ends it goes to the callback.
    private async Task ReadAsync()
    {
        await Task.Yield();
        Exception? failure = null;
        try
        {
            while (await _watch.ReadAsync(_stopping.Token).ConfigureAwait(false) is { } change) _onEvent(change);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopped by the caller.
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        await _watch.DisposeAsync().ConfigureAwait(false);
        try
        {
            _onExit?.Invoke(failure);
        }
        catch (Exception)
        {
            // Nobody is left to report it to: the caller's own callback for failures has failed.
        }
    }
}
