using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Processes;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>The workplace and the server that the rows of one run share. The server is started at its first use.</summary>
internal sealed class Session(Workplace workplace, bool isQuick) : IAsyncDisposable
{
    private GatewayServer? _server;

    public Workplace Workplace { get; } = workplace;

    /// <summary>Selects the value for a quick or for a full run.</summary>
    public T Choose<T>(T quick, T full) => isQuick ? quick : full;

    public async Task<GatewayServer> GetServerAsync(CancellationToken cancellationToken)
    {
        if (_server is null)
        {
            _server = GatewayServer.Start(Workplace);
            await _server.WaitUntilHealthyAsync(cancellationToken);
        }

        return _server;
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
