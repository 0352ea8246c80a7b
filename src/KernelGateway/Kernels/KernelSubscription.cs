using System.Threading.Channels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Kernels;

/// <summary>All messages of a kernel as they come, for whoever speaks the protocol itself.</summary>
/// <remarks>
/// Bounded: a subscriber that does not keep up is ended, with <see cref="HasOverflowed"/> set, rather than silently robbed of
/// messages or allowed to hold up the kernel.
/// </remarks>
public sealed class KernelSubscription : IDisposable
{
    private readonly Channel<KernelMessage> _messages;
    private readonly Action<KernelSubscription> _unsubscribe;
    private readonly Func<KernelChannel, JupyterMessage, bool>? _filter;

    internal KernelSubscription(int capacity, Func<KernelChannel, JupyterMessage, bool>? filter, Action<KernelSubscription> unsubscribe)
    {
        // Full: TryWrite fails and the subscription ends.
        _messages = Channel.CreateBounded<KernelMessage>(new BoundedChannelOptions(capacity) { SingleReader = true });
        _filter = filter;
        _unsubscribe = unsubscribe;
    }

    /// <summary>Gets a value indicating whether the subscription ended because its reader did not keep up.</summary>
    public bool HasOverflowed { get; private set; }

    /// <summary>Gets the messages; it completes when the kernel is over, the subscription is disposed, or it overflowed.</summary>
    public ChannelReader<KernelMessage> Messages => _messages.Reader;

    /// <inheritdoc/>
    public void Dispose()
    {
        _unsubscribe(this);
        _messages.Writer.TryComplete();
    }

    internal void Offer(KernelChannel channel, JupyterMessage message)
    {
        if (_filter is not null && !_filter(channel, message)) return;
        if (_messages.Writer.TryWrite(new KernelMessage(channel, message.Detach()))) return;
        if (_messages.Reader.Completion.IsCompleted) return;
        HasOverflowed = true;
        Dispose();
    }

    internal void Complete() => _messages.Writer.TryComplete();
}
