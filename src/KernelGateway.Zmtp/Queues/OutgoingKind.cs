namespace KernelGateway.Zmtp.Queues;

/// <summary>What an outbox had to give.</summary>
internal enum OutgoingKind
{
    Nothing,
    Command,
    Message,
}
