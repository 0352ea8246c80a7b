using KernelGateway.Zmtp.Framing;

namespace KernelGateway.Zmtp.Peers;

/// <summary>A message that waits for a peer with room.</summary>
internal sealed class PendingSend(OutgoingMessage message)
{
    public OutgoingMessage Message => message;

    public TaskCompletionSource Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
