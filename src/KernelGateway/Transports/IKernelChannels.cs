using KernelGateway.Protocol;

namespace KernelGateway.Transports;

/// <summary>The channels of one kernel: shell, control and stdin (DEALER), iopub (SUB, everything), and the heartbeat (REQ).</summary>
/// <remarks>
/// A channel connects in the background, and again whenever its connection is lost. Only <see cref="Changed"/> reports a loss; receives and
/// sends continue with the next connection. Several channels are used at the same time. Of one channel, one receive and any number of sends
/// are pending at most.
/// <para>
/// Disposing ends pending receives and sends, drops messages that are not sent or not received, and ends all connections, without waiting for
/// the kernel. It never throws, and doing it twice does nothing.
/// </para>
/// </remarks>
public interface IKernelChannels : IAsyncDisposable
{
    /// <summary>Raised when a channel is connected or lost, and when a message of the kernel could not be taken.</summary>
    /// <remarks>
    /// The events of one channel are raised one after the other, in the order in which they happened. Handlers do little and never wait. They may
    /// call <see cref="Connect"/>, for this and other channels.
    /// </remarks>
    event Action<ChannelEvent>? Changed;

    /// <summary>Connects a channel in the background. Called once for each channel but the heartbeat.</summary>
    /// <param name="channel">Shell, control, stdin or iopub. Iopub is subscribed to all topics.</param>
    void Connect(KernelChannel channel);

    /// <summary>Sends a message, or accepts it to be sent when the channel is connected.</summary>
    /// <param name="channel">Shell, control or stdin.</param>
    /// <param name="frames">The frames, one or more. They, and the list, do not change afterwards.</param>
    /// <param name="cancellationToken">Cancels the wait for room; a message that was accepted is sent whole.</param>
    /// <returns>A task that completes when the message was accepted. It waits while <see cref="KernelChannelsOptions.MaxQueuedMessages"/> wait.</returns>
    /// <exception cref="ObjectDisposedException">The channels were disposed, before or while waiting.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; the message is not sent.</exception>
    ValueTask SendAsync(KernelChannel channel, IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken);

    /// <summary>Receives the next message of the kernel.</summary>
    /// <param name="channel">Shell, control, stdin or iopub.</param>
    /// <param name="cancellationToken">Cancels the wait; no message is lost by it.</param>
    /// <returns>The message, which the caller disposes.</returns>
    /// <remarks>
    /// Messages that are not received make the kernel wait: when <see cref="KernelChannelsOptions.MaxQueuedMessages"/> or
    /// <see cref="KernelChannelsOptions.MaxQueuedBytes"/> are waiting, the connection is not read. No message is dropped without a
    /// <see cref="ChannelChange.MessageRefused"/>.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The channels were disposed, before or while waiting.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    ValueTask<ChannelMessage> ReceiveAsync(KernelChannel channel, CancellationToken cancellationToken);

    /// <summary>Takes a message that has been received already, also one whose connection has ended.</summary>
    /// <param name="channel">Shell, control, stdin or iopub.</param>
    /// <param name="message">The message, which the caller disposes.</param>
    /// <returns>False when none is waiting. After <see cref="ChannelChange.Lost"/> it means that everything of the lost connection was taken.</returns>
    /// <exception cref="ObjectDisposedException">The channels were disposed.</exception>
    bool TryReceive(KernelChannel channel, out ChannelMessage message);

    /// <summary>Sends one heartbeat over a connection of its own, and waits for the echo.</summary>
    /// <param name="cancellationToken">Ends the wait for a listener and for the echo.</param>
    /// <returns>False when the connection ended before the echo.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The channels were disposed, before or while waiting.</exception>
    Task<bool> PingAsync(CancellationToken cancellationToken);
}
