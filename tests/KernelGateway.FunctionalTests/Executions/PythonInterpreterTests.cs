using KernelGateway.Client;
using KernelGateway.Client.Tests.Interpreters;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Executions;

/// <summary>The gateway in the process, with real kernels.</summary>
[RequiresKernel]
public sealed class EmbeddedPythonInterpreterTests : InterpreterContract
{
    /// <inheritdoc/>
    protected override Snippets Code => Snippets.Python;

    /// <inheritdoc/>
    protected override async Task<(ICodeInterpreter Interpreter, IAsyncDisposable Ending)> StartAsync()
    {
        var options = new KernelGatewayOptions();
        options.Languages.PreferredKernelSpecs["python"] = ["python3"];
        var gateway = await Gateway.StartAsync(options);
        return (gateway, gateway);
    }
}

/// <summary>The client of <c>kernel-gateway serve</c>, with real kernels.</summary>
[RequiresKernel]
public sealed class RemotePythonInterpreterTests : InterpreterContract
{
    private const string Token = "token-of-the-gateway";

    /// <inheritdoc/>
    protected override Snippets Code => Snippets.Python;

    /// <inheritdoc/>
    protected override async Task<(ICodeInterpreter Interpreter, IAsyncDisposable Ending)> StartAsync()
    {
        var server = await ServerProcess.StartAsync(
            new Dictionary<string, string> { ["KERNELGATEWAY__HTTP__TOKEN"] = Token }, TestContext.CurrentContext.CancellationToken, "--warm", "none");
        var client = new GatewayClient(server.Url.ToString(), Token);
        return (client, new Ending(client, server));
    }

    private sealed class Ending(GatewayClient client, ServerProcess server) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            client.Dispose();
            return server.DisposeAsync();
        }
    }
}
