using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>The unmodified npm package <c>e2b</c> 0.16.2, of the generation before, against the real command.</summary>
[RequiresKernel]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one server for all cases
public sealed class E2BLegacyTests
{
    // A home without a profile: that of the machine's user may run programs of its own.
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("kernel-gateway-home-");
    private ServerProcess _server = null!;

    [OneTimeSetUp]
    public async Task StartTheServer()
    {
        ClientScript.RequireNodePackage("e2b-legacy");
        _server = await ServerProcess.StartAsync(TestContext.CurrentContext.CancellationToken, "--auth", "none", "--env", $"HOME={_home.FullName}");
    }

    [OneTimeTearDown]
    public async Task StopTheServer()
    {
        if (_server is not null) await _server.DisposeAsync();
        _home.Delete(recursive: true);
    }

    [TestCase("filesystem")]
    [TestCase("watch")]
    [TestCase("process")]
    [TestCase("process_input")]
    [TestCase("process_killed_at_once")]
    [TestCase("sandbox_wide_callbacks")]
    [TestCase("terminal")]
    [TestCase("upload_and_download")]
    [TestCase("opened_ports")]
    [CancelAfter(60_000)]
    public async Task The_sdk_works_unmodified(string name, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("kernel-gateway-legacy-");
        try
        {
            await ClientScript.RunNodeAsync(
                new Dictionary<string, string>(), cancellationToken, "e2b-legacy.mjs", name, $"{_server.Url.Port}", directory.FullName);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
