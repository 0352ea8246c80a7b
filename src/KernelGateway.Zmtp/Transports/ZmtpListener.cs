namespace KernelGateway.Zmtp.Transports;

/// <summary>Accepts streams at one endpoint.</summary>
internal abstract class ZmtpListener : IAsyncDisposable
{
    /// <summary>Gets the endpoint a peer can connect to: with the real port or path.</summary>
    public abstract string Endpoint { get; }

    /// <summary>Waits for the next stream.</summary>
    public abstract ValueTask<ZmtpTransport> AcceptAsync(CancellationToken cancellationToken);

    /// <summary>Stops listening and removes the files of the listener.</summary>
    public abstract ValueTask DisposeAsync();
}
