using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Soak.Books;

namespace KernelGateway.Soak.Faults;

/// <summary>An observer that sometimes throws, which is a violation of its contract.</summary>
internal sealed class ThrowingObserver(Tally tally, Random random) : IKernelObserver
{
    public const string Message = "The observer of the soak throws now and then.";

    private const double MessageFailureRate = 0.002;
    private const double StateFailureRate = 0.2;

    private readonly Lock _gate = new();

    public void OnMessage(KernelChannel channel, JupyterMessage message) => ThrowSometimes(MessageFailureRate);

    public void OnStateChanged(KernelState state, string? reason) => ThrowSometimes(StateFailureRate);

    private void ThrowSometimes(double rate)
    {
        lock (_gate)
        {
            if (random.NextDouble() >= rate) return;
        }

        tally.Add(Tally.ObserverFailures);
        throw new InvalidOperationException(Message);
    }
}
