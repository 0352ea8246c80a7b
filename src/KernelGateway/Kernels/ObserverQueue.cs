using System.Numerics;
using KernelGateway.Guarding;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>
/// Notifies one observer of a kernel, in order, on a thread of the pool, so that a slow observer delays no other.
/// </summary>
/// <remarks>
/// Nothing is dropped: when the queue is full, the kernel's output is read no faster than the observer takes it. An observer that
/// does not take half of a full queue within <see cref="RoomLimit"/> is removed.
/// </remarks>
internal sealed partial class ObserverQueue(string kernelId, IKernelObserver observer, ILogger logger, TimeProvider time)
{
    // Whichever is reached first.
    public const int MaxMessages = 1024;
    public const long MaxBytes = 8 << 20;

    public static readonly TimeSpan RoomLimit = TimeSpan.FromSeconds(20);

    private readonly ILogger _logger = logger;
    private readonly Lock _gate = new();
    private readonly Queue<Notification> _queue = new();     // Guarded by _gate, as all below but _failures.
    private long _bytes;
    private bool _isRunning;
    private bool _isClosed;
    private TaskCompletionSource? _room;
    private int _failures;                                // Belongs to the one thread that calls the observer.

    /// <summary>Gets or sets the callback for an observer that was removed.</summary>
    public Action? Removed { get; set; }

    public void Post(KernelChannel channel, JupyterMessage message) => Post(new Notification(channel, message, default, null));

    public void Post(KernelState state, string? reason) => Post(new Notification(default, null, state, reason));

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
        lock (_gate)
        {
            _isClosed = true;
            _queue.Clear();
            _bytes = 0;
            _room?.TrySetResult();
            _room = null;
        }
    }

    // Under the gate.
    private bool IsFull => _queue.Count >= MaxMessages || _bytes >= MaxBytes;

    private void Post(Notification notification)
    {
        lock (_gate)
        {
            if (_isClosed) return;
            _queue.Enqueue(notification);
            _bytes += notification.Bytes;
            if (_isRunning) return;
            _isRunning = true;
        }

        // Without the execution context of the caller.
        ThreadPool.UnsafeQueueUserWorkItem(static queue => queue.Run(), this, preferLocal: false);
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
        }
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

    private sealed record Notification(KernelChannel Channel, JupyterMessage? Message, KernelState State, string? Reason)
    {
        // The approximate cost of an entry besides the message's bytes.
        private const int Overhead = 512;

        public long Bytes { get; } = Overhead + (Message is null
            ? 0
            : Message.RawHeader.Length + Message.RawParentHeader.Length + Message.RawMetadata.Length + Message.RawContent.Length
                + Message.Buffers.Sum(buffer => (long)buffer.Length));
    }

    [LoggerMessage(3132, LogLevel.Error, "An observer of kernel {KernelId} threw. Failures of this observer so far: {Failures}.")]
    private partial void LogFailed(Exception exception, string kernelId, int failures);

    [LoggerMessage(3133, LogLevel.Warning, "An observer of kernel {KernelId} has not made room in its full queue within {Limit}. It is removed.")]
    private partial void LogRemoved(string kernelId, TimeSpan limit);
}
