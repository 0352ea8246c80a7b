using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;

namespace KernelGateway.Kernels;

/// <summary>Determines whether a kernel is ready: it has answered, and its iopub messages arrive.</summary>
/// <remarks>
/// A subscriber does not get messages that are published before its subscription has reached the kernel, so the first status
/// messages may be lost. The request is repeated until one of its statuses is seen on iopub; an <c>iopub_welcome</c> proves the
/// same.
/// </remarks>
internal sealed class KernelReadiness(KernelClient client, TimeProvider time)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan MaxRetryInterval = TimeSpan.FromSeconds(1);

    /// <summary>Gets the session in the messages of the kernel that answered.</summary>
    public string KernelSession { get; private set; } = "";

    /// <summary>Waits until the kernel is ready.</summary>
    /// <returns>What the kernel says it is.</returns>
    /// <exception cref="OperationCanceledException">It was not ready when the token fired.</exception>
    /// <exception cref="KernelClosedException">The kernel ended while it was waited for.</exception>
    public async Task<KernelInfoReply> WaitAsync(CancellationToken cancellationToken)
    {
        var published = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Observer = (channel, message) =>
        {
            // Each message on shell is an answer to the gateway.
            if (channel == KernelChannel.Shell) KernelSession = message.RawHeader.Field("session"u8).AsString() ?? "";
            if (channel == KernelChannel.IOPub && (message.MessageType == MessageTypes.IOPubWelcome || message.ParentMessageId is not null))
            {
                published.TrySetResult();
            }
        };

        try
        {
            return await WaitAsync(published.Task, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            client.Observer = null;
        }
    }

    private async Task<KernelInfoReply> WaitAsync(Task published, CancellationToken cancellationToken)
    {
        await client.Connection.AllConnected.WaitAsync(cancellationToken).ConfigureAwait(false);
        var info = await client.RequestAsync<KernelInfoRequest, KernelInfoReply>(
            KernelChannel.Shell, new KernelInfoRequest(), cancellationToken, Timeout.InfiniteTimeSpan).ConfigureAwait(false);

        for (var retry = FirstRetry; !await IsSeenAsync(published, retry, cancellationToken).ConfigureAwait(false); retry = Next(retry))
        {
            info = await client.RequestAsync<KernelInfoRequest, KernelInfoReply>(
                KernelChannel.Shell, new KernelInfoRequest(), cancellationToken, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        }

        return info;
    }

    private static TimeSpan Next(TimeSpan retry) => retry * 2 < MaxRetryInterval ? retry * 2 : MaxRetryInterval;

    private async Task<bool> IsSeenAsync(Task published, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            await published.WaitAsync(wait, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
