using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>
/// Clients with their default settings: Python's <c>websockets</c>, which closes on a message above 1 MiB, a client whose socket delays small
/// packets (no TCP_NODELAY), and a client that answers no pings. All receive everything at full speed.
/// </summary>
[RequiresKernel]
public sealed class StockClientTests : ServedTests
{
    private protected override void RequireClient() => ClientScript.RequirePythonModules("requests, websocket, websockets");

    [TestCase("websockets_with_its_defaults")]
    [TestCase("without_nodelay")]
    [TestCase("without_pongs")]
    [CancelAfter(120_000)]
    public Task Every_client_gets_everything(string name, CancellationToken cancellationToken) =>
        ClientScript.RunPythonAsync(ClientEnvironment(), cancellationToken, "stock_clients.py", name);
}
