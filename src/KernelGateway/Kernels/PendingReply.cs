using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Kernels;

/// <summary>Waits for the reply to one request that is not an execution.</summary>
internal sealed class PendingReply(string requestType, TimeSpan idleGrace, TimeProvider time) : IMessageHandler, IDisposable
{
    private readonly TaskCompletionSource<JupyterMessage> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _grace;

    public Task<JupyterMessage> Reply => _reply.Task;

    /// <summary>Gets a value indicating whether its idle status has arrived: no message of it follows on iopub.</summary>
    public bool IsIdle { get; private set; }

    public void OnMessage(KernelChannel channel, JupyterMessage message)
    {
        if (channel is KernelChannel.IOPub)
        {
            if (!message.IsStatus("\"idle\""u8)) return;
            IsIdle = true;
            StartIdleGrace();
            return;
        }

        // A reply may arrive on another DEALER than that of the request (IRkernel answers a shell shutdown on control).
        if (message.MessageType.EndsWith("_reply", StringComparison.Ordinal)) _reply.TrySetResult(message.Detach());
    }

    public void OnResponsesLost() => Fail(new KernelRequestException(
        requestType, KernelRequestFailure.TimedOut, $"The connection to the kernel broke, and the answer to the {requestType} was lost."));

    public void OnClosed(KernelCloseInfo close) => Fail(new KernelClosedException(close));

    // The caller no longer waits: later messages and failures are ignored.
    public void Dispose()
    {
        _reply.TrySetCanceled();
        _grace?.Dispose();
    }

    // Shell and iopub are not ordered: an idle without a reply means "not supported" only when none follows.
    private void StartIdleGrace()
    {
        if (_reply.Task.IsCompleted || _grace is not null) return;
        _grace = time.CreateTimer(
            _ => Fail(new KernelRequestException(
                requestType, KernelRequestFailure.NotSupported, $"The kernel went idle without answering the {requestType}: it does not support it.")),
            null,
            idleGrace,
            Timeout.InfiniteTimeSpan);
    }

    // The caller may have stopped waiting, or failed to send the request: an unobserved exception is not a defect here.
    private void Fail(KernelGatewayException exception)
    {
        if (_reply.TrySetException(exception)) _ = _reply.Task.Exception;
    }
}
