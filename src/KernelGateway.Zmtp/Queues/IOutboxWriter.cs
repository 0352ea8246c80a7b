namespace KernelGateway.Zmtp.Queues;

/// <summary>Writes what an <see cref="Outbox"/> holds to a connection. Only the holder of the outbox's turn calls it.</summary>
internal interface IOutboxWriter
{
    /// <summary>Writes on the caller's thread as long as that needs no waiting.</summary>
    void WriteInline();

    /// <summary>Leaves the writing to the connection's own loop.</summary>
    void WriteInLoop();
}
