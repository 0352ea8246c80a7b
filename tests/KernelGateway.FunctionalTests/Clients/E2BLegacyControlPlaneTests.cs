using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>
/// The npm packages <c>e2b</c> 0.16.2 and <c>@e2b/code-interpreter</c> 0.0.8, of the generation before, as a user of their time would run them
/// against a control plane: a key, a domain, HTTPS and names in DNS, and no debug option.
/// </summary>
[RequiresKernel]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one control plane for all cases; each has sandboxes of its own
public sealed class E2BLegacyControlPlaneTests
{
    private const string Domain = "sandbox.test";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kernel-gateway-legacy-");
    private SandboxPlane _plane = null!;

    private string AuthorityFile => Path.Combine(_directory.FullName, "authority.pem");

    [OneTimeSetUp]
    public async Task StartTheControlPlane()
    {
        ClientScript.RequireNodePackage("e2b-legacy");
        ClientScript.RequireNodePackage("code-interpreter-legacy");
        using var authority = new CertificateAuthority("sandboxes");
        await File.WriteAllTextAsync(AuthorityFile, authority.Pem);
        _plane = await SandboxPlane.StartAsync("bubblewrap", domain: Domain, certificate: authority.Issue(Domain, Domain, $"*.{Domain}"));
    }

    [OneTimeTearDown]
    public async Task StopTheControlPlane()
    {
        if (_plane is not null) await _plane.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [TestCase("list_a_directory", "make_a_directory_and_write", "read_and_write_bytes", "watch_a_directory", "upload_and_download")]
    [TestCase("variables_of_the_sandbox", "start_a_process", "stop_a_process", "stream_output", "exit_of_a_process", "send_stdin", "terminal")]
    [TestCase("current_directory", "relative_paths", "profile_of_the_user", "host_names")]
    [TestCase("timeouts", "metadata", "kill", "calls_fail_when_the_sandbox_ends")]
    [TestCase("keep_alive_and_reconnect", Category = "EveryVariant")]
    [TestCase("open_sandbox_outlives_fifteen_seconds", Category = "EveryVariant")]
    [CancelAfter(240_000)]
    public Task Samples_of_the_documentation_run_unmodified(params string[] names) => RunAsync("e2b-legacy-sandboxes.mjs", names);

    [TestCase("ipykernel", "hello_world,options_of_a_cell,results,errors,shared_context")]
    [TestCase("matplotlib", "plot")]
    [TestCase("pandas", "streaming", Category = "EveryVariant")]
    [CancelAfter(240_000)]
    public Task Samples_of_the_notebook_run_unmodified(string module, string names)
    {
        ClientScript.RequirePythonModules(module);
        return RunAsync("e2b-legacy-notebook.mjs", names);
    }

    [Test]
    [CancelAfter(120_000)]
    public Task Sdk_of_today_needs_no_more_than_the_domain_too() => RunAsync("sandboxes.mjs", "host_names");

    private Task RunAsync(string script, params string[] names) => ClientScript.RunNodeAsync(
        new Dictionary<string, string>
        {
            ["E2B_API_KEY"] = _plane.Key,
            ["E2B_DOMAIN"] = $"{Domain}:{_plane.Url.Port}",
            ["NODE_EXTRA_CA_CERTS"] = AuthorityFile,
            ["NODE_OPTIONS"] = "--require ./dns-hook.cjs",
            ["SANDBOX_DOMAIN"] = Domain,
        },
        TestContext.CurrentContext.CancellationToken,
        [script, .. names]);
}
