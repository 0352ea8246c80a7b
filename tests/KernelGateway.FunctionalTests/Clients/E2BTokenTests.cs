using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>The npm package <c>e2b</c> as it is with the token of a sandbox: signed addresses, and one case of each kind of call.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one server for all cases; each has a directory of its own
public sealed class E2BTokenTests
{
    private SandboxServer _server = null!;

    [OneTimeSetUp]
    public async Task StartTheServer() => _server = await SandboxServer.StartAsync(hasToken: true);

    [OneTimeTearDown]
    public async Task StopTheServer()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    [TestCase("is_running")]
    [TestCase("signed_urls")]
    [TestCase("exists_make_rename_remove")]
    [TestCase("output_is_streamed")]
    [CancelAfter(120_000)]
    public Task Calls_with_a_token_work_unmodified(string name, CancellationToken cancellationToken) =>
        _server.RunAsync(name, cancellationToken);
}
