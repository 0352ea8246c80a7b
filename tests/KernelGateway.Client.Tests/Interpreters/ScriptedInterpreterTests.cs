using KernelGateway.Client.Tests.Support;

namespace KernelGateway.Client.Tests.Interpreters;

/// <summary>The gateway in the process.</summary>
public sealed class EmbeddedInterpreterTests : InterpreterContract
{
    /// <inheritdoc/>
    protected override Snippets Code => Snippets.Echo;

    /// <inheritdoc/>
    protected override async Task<(ICodeInterpreter Interpreter, IAsyncDisposable Ending)> StartAsync()
    {
        var server = await ServedGateway.StartAsync();
        return (server.Gateway, server);
    }
}

/// <summary>The client of a gateway on loopback.</summary>
public sealed class RemoteInterpreterTests : InterpreterContract
{
    /// <inheritdoc/>
    protected override Snippets Code => Snippets.Echo;

    /// <inheritdoc/>
    protected override async Task<(ICodeInterpreter Interpreter, IAsyncDisposable Ending)> StartAsync()
    {
        var server = await ServedGateway.StartAsync();
        var client = server.NewClient();
        return (client, new RemoteEnding(client, server));
    }

    private sealed class RemoteEnding(GatewayClient client, ServedGateway server) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            client.Dispose();
            return server.DisposeAsync();
        }
    }
}
