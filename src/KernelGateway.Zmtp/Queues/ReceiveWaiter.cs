using System.Threading.Tasks.Sources;

namespace KernelGateway.Zmtp.Queues;

/// <summary>One pending receive.</summary>
internal sealed class ReceiveWaiter : IValueTaskSource<ZmtpMessage>
{
    private readonly FairQueue _owner;
    private ManualResetValueTaskSourceCore<ZmtpMessage> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;

    public ReceiveWaiter(FairQueue owner)
    {
        _owner = owner;
        Node = new LinkedListNode<ReceiveWaiter>(this);
    }

    public LinkedListNode<ReceiveWaiter> Node { get; }

    public CancellationToken CancellationToken { get; private set; }

    public ValueTask<ZmtpMessage> Task => new(this, _core.Version);

    // Called outside the queue's gate: a cancelled token calls back at once, and the callback takes the gate.
    public void Register(CancellationToken cancellationToken)
    {
        CancellationToken = cancellationToken;
        if (!cancellationToken.CanBeCanceled) return;
        _registration = cancellationToken.UnsafeRegister(
            static state => ((ReceiveWaiter)state!)._owner.Cancel((ReceiveWaiter)state), this);
    }

    public void SetResult(ZmtpMessage message) => _core.SetResult(message);

    public void SetException(Exception exception) => _core.SetException(exception);

    public ZmtpMessage GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            // Waits for a running callback, so that it cannot affect the next use of this waiter.
            _registration.Dispose();
            _registration = default;
            CancellationToken = default;
            _core.Reset();
            _owner.Recycle(this);
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
