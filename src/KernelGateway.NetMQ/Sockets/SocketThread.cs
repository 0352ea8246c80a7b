using System.Diagnostics.CodeAnalysis;
using NetMQ;

namespace KernelGateway.NetMQ.Sockets;

/// <summary>The one thread on which NetMQ's sockets are created, polled, used and disposed.</summary>
/// <remarks>Everything else talks to it by <see cref="Post"/>, which never waits.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "The thread disposes the poller when it ends.")]
internal sealed class SocketThread
{
    private readonly NetMQPoller _poller = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly HashSet<ISocketOwner> _owners = [];    // Guarded by _gate, as the two below.
    private readonly Queue<Action> _work = new();
    private bool _isClosed;

    /// <summary>Starts the thread.</summary>
    public SocketThread()
    {
        // The thread outlives the request that starts it, so it does not keep that request's context.
        using (ExecutionContext.SuppressFlow())
        {
            new Thread(Run) { IsBackground = true, Name = "netmq-sockets" }.Start();
        }
    }

    /// <summary>Gets a task that completes when the thread has ended, by <see cref="Stop"/> or because NetMQ has failed. It never faults.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Gets the poller, for use on the thread only.</summary>
    public NetMQPoller Poller => _poller;

    /// <summary>Runs an action on the thread, in the order of the calls; false when the thread has ended or is about to end.</summary>
    /// <param name="action">The action. It does not wait and does not throw.</param>
    public bool Post(Action action)
    {
        lock (_gate)
        {
            if (_isClosed) return false;
            _work.Enqueue(action);

            // Under the lock: the thread disposes the poller only after it has taken the lock.
            if (_work.Count == 1) Wake();
            return true;
        }
    }

    /// <summary>Runs an action on the thread and waits for its end. When the thread has ended, the action runs at once, on this one.</summary>
    public async Task InvokeAsync(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Post(() => Complete(action, done)))
        {
            await Task.WhenAny(done.Task, Ended).ConfigureAwait(false);
            if (done.Task.IsCompleted)
            {
                await done.Task.ConfigureAwait(false);
                return;
            }
        }

        // What belonged to the thread belongs to nobody now.
        await Ended.ConfigureAwait(false);
        action();
    }

    /// <summary>Remembers who has sockets, so that they are told when NetMQ fails.</summary>
    public void Add(ISocketOwner owner)
    {
        lock (_gate) _owners.Add(owner);
    }

    /// <summary>Forgets an owner.</summary>
    public void Remove(ISocketOwner owner)
    {
        lock (_gate) _owners.Remove(owner);
    }

    /// <summary>Ends the thread after what was posted before.</summary>
    public void Stop() => Post(_poller.StopAsync);

    private static void Complete(Action action, TaskCompletionSource done)
    {
        try
        {
            action();
            done.SetResult();
        }
        catch (Exception exception)
        {
            done.SetException(exception);
        }
    }

    private void Wake() => new Task(DoWork).Start(_poller);

    private void DoWork()
    {
        while (true)
        {
            Action action;
            lock (_gate)
            {
                if (_work.Count == 0) return;
                action = _work.Dequeue();
            }

            action();
        }
    }

    private void Run()
    {
        Exception? failure = null;
        try
        {
            _poller.Run();
        }
        catch (Exception exception)
        {
            // NetMQ is out of order, or the program has ended its context (NetMQConfig.Cleanup).
            failure = exception;
        }

        ISocketOwner[] owners;
        lock (_gate)
        {
            _isClosed = true;
            owners = [.. _owners];
        }

        if (failure is not null)
        {
            foreach (var owner in owners) owner.OnFailed(failure);
        }

        Dispose();
        _ended.SetResult();
    }

    private void Dispose()
    {
        try
        {
            _poller.Dispose();
        }
        catch (Exception)
        {
            // After a failure its own sockets may be unusable, too. There is nothing else to give back.
        }
    }
}
