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
    [TestCase("terminal_of_a_command")]
    [TestCase("upload_and_download")]
    [TestCase("opened_ports")]
    [CancelAfter(60_000)]
    public Task The_sdk_works_unmodified(string name, CancellationToken cancellationToken) => RunAsync(name, cancellationToken);

    [TestCase("sample_variables_of_the_sandbox")]
    [TestCase("sample_variables_of_a_process")]
    [TestCase("sample_list_a_directory")]
    [TestCase("sample_make_a_directory")]
    [TestCase("sample_write_to_a_file")]
    [TestCase("sample_read_from_a_file")]
    [TestCase("sample_write_bytes")]
    [TestCase("sample_read_bytes")]
    [TestCase("sample_watch_a_directory")]
    [TestCase("sample_start_a_process")]
    [TestCase("sample_stop_a_process")]
    [TestCase("sample_stream_stdout")]
    [TestCase("sample_stream_stderr")]
    [TestCase("sample_exit")]
    [TestCase("sample_send_stdin")]
    [TestCase("sample_current_directory")]
    [TestCase("sample_relative_paths")]
    [TestCase("sample_directory_of_a_process")]
    [TestCase("sample_host_names")]
    [TestCase("sample_timeouts")]
    [CancelAfter(60_000)]
    public Task Samples_of_the_documentation_work(string name, CancellationToken cancellationToken) => RunAsync(name, cancellationToken);

    private async Task RunAsync(string name, CancellationToken cancellationToken)
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
