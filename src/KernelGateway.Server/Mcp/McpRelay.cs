using KernelGateway.Server.Remote;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace KernelGateway.Server.Mcp;

/// <summary>Carries the messages of an agent on standard input and output to the MCP server of a running gateway, and back.</summary>
/// <remarks>The gateway has the tools, so an agent finds the same ones, whichever way it comes.</remarks>
internal sealed class McpRelay : IAsyncDisposable
{
    // JSON-RPC 2.0, Error object.
    private const int InternalError = -32603;

    private readonly ITransport _agent;
    private readonly HttpClientTransport _gateway;
    private readonly HashSet<Task> _sending = [];

    public McpRelay(ITransport agent, RemoteServer remote, string? token)
    {
        _agent = agent;
        var options = new HttpClientTransportOptions
        {
            Endpoint = new Uri(remote.Address.Url, "mcp"),
            TransportMode = HttpTransportMode.StreamableHttp,
        };
        if (token is not null) options.AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {token}" };
        _gateway = new HttpClientTransport(options, remote.Http);
    }

    /// <summary>Carries messages until the agent's input or the connection to the gateway ends.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var gateway = await _gateway.ConnectAsync(cancellationToken);
        await using (gateway)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var down = CarryDownAsync(gateway, ended.Token);
            var up = CarryUpAsync(gateway, ended.Token);
            await Task.WhenAny(up, down);
            await ended.CancelAsync();
            await Task.WhenAll([up, down, .. _sending]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public async ValueTask DisposeAsync() => await _gateway.DisposeAsync();

    // A request is sent for as long as its answer takes, so the next message does not wait for it. Only this loop uses the set.
    private async Task CarryUpAsync(ITransport gateway, CancellationToken cancellationToken)
    {
        await foreach (var message in _agent.MessageReader.ReadAllAsync(cancellationToken))
        {
            _sending.RemoveWhere(task => task.IsCompleted);
            _sending.Add(SendAsync(gateway, message, cancellationToken));
        }
    }

    private async Task SendAsync(ITransport gateway, JsonRpcMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await gateway.SendMessageAsync(message, cancellationToken);
        }
        catch (Exception exception) when (message is JsonRpcRequest && exception is HttpRequestException or InvalidOperationException or IOException)
        {
            // The agent waits for an answer: it is told why none comes.
            await _agent.SendMessageAsync(
                new JsonRpcError
                {
                    Id = ((JsonRpcRequest)message).Id,
                    Error = new JsonRpcErrorDetail { Code = InternalError, Message = $"The gateway cannot be reached: {exception.Message}" },
                },
                cancellationToken);
        }
    }

    private async Task CarryDownAsync(ITransport gateway, CancellationToken cancellationToken)
    {
        await foreach (var message in gateway.MessageReader.ReadAllAsync(cancellationToken)) await _agent.SendMessageAsync(message, cancellationToken);
    }
}
