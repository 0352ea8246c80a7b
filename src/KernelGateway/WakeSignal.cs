using System.Threading.Channels;

namespace KernelGateway;

/// <summary>Wakes a loop that checks everything each time, so several signals may be merged into one.</summary>
internal sealed class WakeSignal
{
    // Full: the loop will run anyway.
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Wakes the loop, now or when it waits the next time.</summary>
    public void Set() => _signals.Writer.TryWrite(true);

    /// <summary>Waits until it has been set since it was last waited for.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken) => await _signals.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
}
