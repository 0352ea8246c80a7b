using System.Text.Json.Nodes;
using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;
using KernelGateway.Benchmarks.Processes;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>The contenders that run cells, each on its own ipykernel that is started in the same way.</summary>
internal sealed class KernelContenders : IAsyncDisposable
{
    private readonly Session _session;
    private readonly GatewayClient _client;
    private readonly string _contextId;
    private readonly Peer _bare;
    private Peer? _library;

    private KernelContenders(Session session, GatewayClient client, string contextId)
    {
        _session = session;
        _client = client;
        _contextId = contextId;
        _bare = Peer.StartPython("bare_client.py", session.Workplace);
    }

    public static async Task<KernelContenders> StartAsync(Session session, CancellationToken cancellationToken)
    {
        var server = await session.GetServerAsync(cancellationToken);
        var client = server.Connect();
        try
        {
            var contextId = await client.RunAsync(gateway => gateway.CreateContext(session.Workplace.Directory), cancellationToken);
            var contenders = new KernelContenders(session, client, contextId);
            try
            {
                await contenders._bare.AskAsync("ready", cancellationToken);
                return contenders;
            }
            catch
            {
                await contenders.DisposeAsync();
                throw;
            }
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Runs preparing code on both kernels.</summary>
    public async Task PrepareAsync(string code, CancellationToken cancellationToken)
    {
        await ExecuteAsync(code, cancellationToken);
        await _bare.AskAsync(BareCommand(code, 1, isLarge: false), cancellationToken);
    }

    /// <summary>Runs a cell through the gateway and returns the lines of the response.</summary>
    public Task<string> ExecuteAsync(string code, CancellationToken cancellationToken) =>
        _client.RunAsync(gateway => gateway.Execute(_contextId, code), cancellationToken);

    /// <summary>The gateway: the time of a cell through HTTP, to the end of the execution.</summary>
    public Contender OverHttp(string code, long minimumBytes = 0)
    {
        var request = _client.CreateExecuteRequest(_contextId, code);
        return new Contender("kernel-gateway, HTTP", (count, token) => _client.RunAsync(
            gateway =>
            {
                var seconds = new double[count];
                for (var i = 0; i < count; i++)
                {
                    (seconds[i], var bytes) = gateway.MeasureToEnd(request);
                    if (bytes < minimumBytes) throw new BenchmarkException($"Output is missing: the answer has {bytes} bytes.");
                }

                return seconds;
            },
            token));
    }

    /// <summary>The minimum: requests that are signed in advance, and frames that are read and discarded.</summary>
    public Contender Bare(string code, string name, bool isLarge = false) =>
        new(name, (count, token) => _bare.MeasureAsync(BareCommand(code, count, isLarge), token));

    /// <summary>Jupyter's own client library.</summary>
    public async Task<Contender> StartLibraryAsync(string code, CancellationToken cancellationToken)
    {
        _library = Peer.StartPython("client_library.py", _session.Workplace);
        await _library.AskAsync("ready", cancellationToken);
        return new Contender("jupyter_client", (count, token) => _library.MeasureAsync(
            new JsonObject { ["do"] = "run", ["code"] = code, ["count"] = count }, token));
    }

    public async ValueTask DisposeAsync()
    {
        await _bare.DisposeAsync();
        if (_library is not null) await _library.DisposeAsync();
        try
        {
            await _client.RunAsync(
                gateway =>
                {
                    gateway.RemoveContext(_contextId);
                    return true;
                },
                CancellationToken.None);
        }
        catch (Exception)
        {
            // Interrupted or failed during a response. The server ends its contexts when it stops.
        }

        _client.Dispose();
    }

    private static JsonObject BareCommand(string code, int count, bool isLarge) =>
        new() { ["do"] = "run", ["code"] = code, ["count"] = count, ["large"] = isLarge };
}
