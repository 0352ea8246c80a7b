using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>
/// Clients with the defaults they come with: Python's <c>websockets</c>, which closes on a message of more than 1 MiB, one whose socket waits
/// before it sends small packets, one that answers no pings. All get everything, at full speed.
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
