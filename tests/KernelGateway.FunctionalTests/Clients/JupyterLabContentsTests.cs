using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>The contents and terminal managers of the npm package <c>@jupyterlab/services</c> as it is, against the real command.</summary>
[Platform("Linux")]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one server for all cases; each has a directory of its own
public sealed class JupyterLabContentsTests
{
    private const string Token = "token-of-the-gateway";

    private readonly DirectoryInfo _served = Directory.CreateTempSubdirectory("kernel-gateway-tests-");
    private ServerProcess _server = null!;

    [OneTimeSetUp]
    public async Task StartTheServer()
    {
        ClientScript.RequireNodePackage("@jupyterlab/services");

        // The terminals get a shell that reads no profile: what a profile does takes time and differs.
        var shell = Path.Combine(_served.FullName, ".shell");
        await File.WriteAllTextAsync(shell, "#!/bin/sh\nexec /bin/bash --noprofile --norc -i\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(shell, (UnixFileMode)0x1ED);
        _server = await ServerProcess.StartAsync(
            new Dictionary<string, string> { ["KERNELGATEWAY__HTTP__TOKEN"] = Token, ["SHELL"] = shell },
            TestContext.CurrentContext.CancellationToken,
            "--warm",
            "none",
            "--working-directory",
            _served.FullName);
    }

    [OneTimeTearDown]
    public async Task StopTheServer()
    {
        if (_server is not null) await _server.DisposeAsync();
        _served.Delete(recursive: true);
    }

    [TestCase("contents_list_and_get")]
    [TestCase("contents_new_untitled")]
    [TestCase("contents_save")]
    [TestCase("contents_upload_in_chunks")]
    [TestCase("contents_rename_copy_delete")]
    [TestCase("contents_checkpoints")]
    [TestCase("contents_download")]
    [TestCase("contents_start_up")]
    [TestCase("terminals_life")]
    [TestCase("terminals_exit")]
    [TestCase("terminals_reconnect")]
    [CancelAfter(180_000)]
    public Task The_client_works_unmodified(string name, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string> { ["JUPYTER_URL"] = _server.Url.ToString(), ["JUPYTER_TOKEN"] = Token };
        return ClientScript.RunNodeAsync(environment, cancellationToken, "jupyterlab.mjs", name);
    }
}
