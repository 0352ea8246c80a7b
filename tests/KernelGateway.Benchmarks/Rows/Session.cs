using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Processes;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>What the rows of one run share: the workplace, and one server from its first use to the end.</summary>
internal sealed class Session(Workplace workplace, bool isQuick) : IAsyncDisposable
{
    private GatewayServer? _server;

    public Workplace Workplace { get; } = workplace;

    /// <summary>Chooses how often a row is measured.</summary>
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
