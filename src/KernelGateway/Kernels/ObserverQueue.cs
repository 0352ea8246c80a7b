using System.Numerics;
using KernelGateway.Guarding;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>
/// Notifies one observer of a kernel, in order, on a thread of the pool, so that a slow observer delays no other.
/// </summary>
/// <remarks>
/// When the queue is full, nothing is dropped: the kernel's output is read no faster than the observer takes it. An observer that
/// does not take half of a full queue within <see cref="RoomLimit"/> is removed. What the queue holds beyond <see cref="FreeBytes"/> is
/// counted in the memory account; a message for which the account has no room is dropped and counted.
/// </remarks>
internal sealed partial class ObserverQueue(
    string kernelId, IKernelObserver observer, MemoryAccount memory, ILogger logger, TimeProvider time)
{
    // Whichever is reached first.
    public const int MaxMessages = 1024;
    public const long MaxBytes = 8 << 20;

    // What is queued up to here is not counted, so that small messages for an observer that keeps up cost the account nothing.
    public const long FreeBytes = 1 << 20;

    public static readonly TimeSpan RoomLimit = TimeSpan.FromSeconds(20);

    private readonly ILogger _logger = logger;
    private readonly Lock _gate = new();
    private readonly Queue<Notification> _queue = new();     // Guarded by _gate, as all below but _failures.
    private long _bytes;
    private bool _isRunning;
    private bool _isClosed;
    private TaskCompletionSource? _room;
    private int _drops;                                   // Changed atomically.
    private int _failures;                                // Belongs to the one thread that calls the observer.

    /// <summary>Gets or sets the callback for an observer that was removed.</summary>
    public Action? Removed { get; set; }

    /// <summary>Gets or sets the callback for a message that was dropped because there is no memory for it.</summary>
    public Action? Dropped { get; set; }

    /// <summary>Adds a message, as a copy that several queues share.</summary>
    /// <param name="channel">The channel it came on.</param>
    /// <param name="message">The message; it may be borrowed.</param>
    /// <param name="detached">The copy; null until the first queue that has memory for it makes it.</param>
    public void Post(KernelChannel channel, JupyterMessage message, ref JupyterMessage? detached)
    {
        var bytes = Notification.CostOf(message);

        // Before the copy is made, and outside the gate: the account may have to evict executions first.
        var isCounted = Volatile.Read(ref _bytes) + bytes > FreeBytes;
        if (isCounted && !memory.TryReserve(bytes))
        {
            NoteDrop();
            return;
        }

        detached ??= message.Detach();
        Post(new Notification(channel, detached, default, null, bytes) { ReservedBytes = isCounted ? bytes : 0 });
    }

    public void Post(KernelState state, string? reason) => Post(new Notification(default, null, state, reason, Notification.Overhead));

    /// <summary>Waits while the queue is full.</summary>
    public ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_isClosed || !IsFull) return ValueTask.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(WaitAsync(_room.Task, cancellationToken));
        }
    }

    /// <summary>Stops notifying the observer.</summary>
    public void Close()
    {
        long reserved;
        lock (_gate)
        {
            _isClosed = true;
            reserved = _queue.Sum(notification => notification.ReservedBytes);
            _queue.Clear();
            _bytes = 0;
            _room?.TrySetResult();
            _room = null;
        }

        if (reserved > 0) memory.Release(reserved);
    }

    // Under the gate.
    private bool IsFull => _queue.Count >= MaxMessages || _bytes >= MaxBytes;

    private void Post(Notification notification)
    {
        bool isClosed;
        lock (_gate)
        {
            isClosed = _isClosed;
            if (!isClosed)
            {
                _queue.Enqueue(notification);
                _bytes += notification.Bytes;
                if (_isRunning) return;
                _isRunning = true;
            }
        }

        if (isClosed) Release(notification);

        // Without the execution context of the caller.
        else ThreadPool.UnsafeQueueUserWorkItem(static queue => queue.Run(), this, preferLocal: false);
    }

    private void Run()
    {
        while (Take() is { } notification)
        {
            try
            {
                if (notification.Message is { } message) observer.OnMessage(notification.Channel, message);
                else observer.OnStateChanged(notification.State, notification.Reason);
            }
            catch (Exception exception)
            {
                // It may throw at each of a million messages: the first, second, fourth … failure is logged.
                if (BitOperations.IsPow2(++_failures)) LogFailed(exception, kernelId, _failures);
            }

            // Only now: the observer has had the message until it returned.
            Release(notification);
        }
    }

    private void Release(Notification notification)
    {
        if (notification.ReservedBytes > 0) memory.Release(notification.ReservedBytes);
    }

    private void NoteDrop()
    {
        Dropped?.Invoke();
        var drops = Interlocked.Increment(ref _drops);
        if (BitOperations.IsPow2(drops)) LogDropped(kernelId, drops);
    }

    private Notification? Take()
    {
        lock (_gate)
        {
            if (!_queue.TryDequeue(out var notification))
            {
                _isRunning = false;
                return null;
            }

            _bytes -= notification.Bytes;
            if (_room is not null && _queue.Count <= MaxMessages / 2 && _bytes <= MaxBytes / 2)
            {
                _room.TrySetResult();
                _room = null;
            }

            return notification;
        }
    }

    private async Task WaitAsync(Task room, CancellationToken cancellationToken)
    {
        var waiting = room.WaitAsync(cancellationToken);
        if (await Guarded.IsWithinAsync(waiting, RoomLimit, time).ConfigureAwait(false)) return;
        LogRemoved(kernelId, RoomLimit);
        Close();
        Removed?.Invoke();
    }

    private sealed record Notification(KernelChannel Channel, JupyterMessage? Message, KernelState State, string? Reason, long Bytes)
    {
        // The approximate cost of an entry besides the message's bytes.
        public const int Overhead = 512;

        // What the memory account has counted for it.
        public long ReservedBytes { get; init; }

        public static long CostOf(JupyterMessage message) => Overhead + MessageSize.CountBytes(message);
    }

    [LoggerMessage(3132, LogLevel.Error, "An observer of kernel {KernelId} threw. Failures of this observer so far: {Failures}.")]
    private partial void LogFailed(Exception exception, string kernelId, int failures);

    [LoggerMessage(3140, LogLevel.Warning,
        "A message for an observer of kernel {KernelId} was dropped: there is no memory left for it. Dropped for this observer so far: {Count}.")]
    private partial void LogDropped(string kernelId, int count);

    [LoggerMessage(3133, LogLevel.Warning, "An observer of kernel {KernelId} has not made room in its full queue within {Limit}. It is removed.")]
    private partial void LogRemoved(string kernelId, TimeSpan limit);
}
