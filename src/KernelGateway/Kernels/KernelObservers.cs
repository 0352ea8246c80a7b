using System.Collections.Immutable;
using System.Numerics;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Telemetry;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>Notifies the observers of one kernel of its messages and states.</summary>
/// <remarks>
/// The gateway's own observers, which never wait, are called directly. Each observer of a host has a queue and is called on a
/// thread of the pool.
/// </remarks>
internal sealed partial class KernelObservers(
    string kernelId, KernelActivity activity, GatewayTelemetry telemetry, MemoryAccount memory, ILogger logger, TimeProvider time)
{
    private readonly ILogger _logger = logger;
    private ImmutableArray<IKernelObserver> _own = [];
    private ImmutableArray<ObserverQueue> _queues = [];
    private int _failures;

    /// <summary>Gets the request that the kernel processes.</summary>
    public RunningRequest Running { get; } = new();

    /// <summary>Adds an observer that is not the gateway's own.</summary>
    public IDisposable Add(IKernelObserver observer)
    {
        var queue = new ObserverQueue(kernelId, observer, memory, _logger, time)
        {
            Dropped = () => telemetry.OnMessageDropped(DropStage.Observer, DropReason.NoRoom),
        };
        queue.Removed = () => Remove(queue);
        ImmutableInterlocked.Update(ref _queues, static (all, one) => all.Add(one), queue);
        return new Observation(() =>
        {
            queue.Close();
            Remove(queue);
        });
    }

    /// <summary>Adds an observer of the gateway itself: it is called directly, with borrowed messages.</summary>
    public IDisposable AddOwn(IKernelObserver observer)
    {
        ImmutableInterlocked.Update(ref _own, static (all, one) => all.Add(one), observer);
        return new Observation(() => ImmutableInterlocked.Update(ref _own, static (all, one) => all.Remove(one), observer));
    }

    public void OnStateChanged(KernelState state, string? reason)
    {
        activity.OnStateChanged(state);
        if (state != KernelState.Ready) Running.Clear();
        foreach (var observer in _own)
        {
            try
            {
                observer.OnStateChanged(state, reason);
            }
            catch (Exception exception)
            {
                NoteFailure(exception);
            }
        }

        foreach (var queue in _queues) queue.Post(state, reason);
    }

    public void OnMessage(KernelInstance instance, KernelChannel channel, JupyterMessage message, bool isOwn)
    {
        try
        {
            instance.ExternalRequests.OnMessage(channel, message, isOwn);
            activity.OnMessage(channel, message);
            Running.OnMessage(channel, message);
        }
        catch (MessageFormatException)
        {
            // A status with unreadable content has no effect.
        }

        foreach (var observer in _own)
        {
            try
            {
                observer.OnMessage(channel, message);
            }
            catch (Exception exception)
            {
                NoteFailure(exception);
            }
        }

        JupyterMessage? detached = null;
        foreach (var queue in _queues) queue.Post(channel, message, ref detached);
    }

    /// <summary>Waits while the queue of an observer is full. An observer that takes nothing is removed after a time.</summary>
    public ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        var queues = _queues;
        return queues.Length switch
        {
            0 => ValueTask.CompletedTask,
            1 => queues[0].WaitForRoomAsync(cancellationToken),
            _ => WaitForAllAsync(queues, cancellationToken),
        };
    }

    private static async ValueTask WaitForAllAsync(ImmutableArray<ObserverQueue> queues, CancellationToken cancellationToken)
    {
        foreach (var queue in queues) await queue.WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
    }

    private void Remove(ObserverQueue queue) => ImmutableInterlocked.Update(ref _queues, static (all, one) => all.Remove(one), queue);

    private void NoteFailure(Exception exception)
    {
        var failures = Interlocked.Increment(ref _failures);
        if (BitOperations.IsPow2(failures)) LogFailed(exception, kernelId, failures);
    }

    private sealed class Observation(Action end) : IDisposable
    {
        public void Dispose() => end();
    }

    [LoggerMessage(3134, LogLevel.Error, "Relaying the output of kernel {KernelId} to its clients failed. Failures so far: {Failures}.")]
    private partial void LogFailed(Exception exception, string kernelId, int failures);
}
