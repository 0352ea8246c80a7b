using System.Collections.Immutable;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Kernels;

/// <summary>Shows what happens to one kernel to whoever wants to see it.</summary>
internal sealed class KernelObservers(KernelActivity activity)
{
    private ImmutableArray<IKernelObserver> _observers = [];

    /// <summary>Gets what the kernel works on.</summary>
    public RunningRequest Running { get; } = new();

    public IDisposable Add(IKernelObserver observer)
    {
        ImmutableInterlocked.Update(ref _observers, static (all, one) => all.Add(one), observer);
        return new Observation(this, observer);
    }

    public void OnStateChanged(KernelState state, string? reason)
    {
        activity.OnStateChanged(state);
        if (state != KernelState.Ready) Running.Clear();
        foreach (var observer in _observers) observer.OnStateChanged(state, reason);
    }

    public void OnMessage(KernelInstance instance, KernelChannel channel, JupyterMessage message, bool isOwn)
    {
        try
        {
            instance.Foreign.OnMessage(channel, message, isOwn);
            activity.OnMessage(channel, message);
            Running.OnMessage(channel, message);
        }
        catch (MessageFormatException)
        {
            // A status that says nothing readable changes nothing.
        }

        foreach (var observer in _observers) observer.OnMessage(channel, message);
    }

    private sealed class Observation(KernelObservers observers, IKernelObserver observer) : IDisposable
    {
        public void Dispose() => ImmutableInterlocked.Update(ref observers._observers, static (all, one) => all.Remove(one), observer);
    }
}
