namespace KernelGateway.Zmtp.Queues;

/// <summary>The kind of the next item of an outbox.</summary>
internal enum OutgoingKind
{
    Nothing,
    Command,
    Message,
}
