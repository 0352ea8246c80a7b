using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>
/// The npm packages <c>e2b</c> and <c>@e2b/code-interpreter</c> as they are, without their debug mode, against a control plane whose sandboxes
/// are real sidecars.
/// </summary>
[TestFixture("process", Category = "EveryVariant")]
[TestFixture("bubblewrap")]
[TestFixture("runc", Category = "EveryVariant")]
[RequiresKernel]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one control plane for all cases; each has sandboxes of its own
public sealed class E2BControlPlaneTests(string engineName)
{
    private SandboxPlane _plane = null!;

    [OneTimeSetUp]
    public async Task StartTheControlPlane()
    {
        ClientScript.RequireNodePackage("e2b");
        _plane = await SandboxPlane.StartAsync(engineName);
    }

    [OneTimeTearDown]
    public async Task StopTheControlPlane()
    {
        if (_plane is not null) await _plane.DisposeAsync();
    }

    [TestCase("create_and_run_code")]
    [TestCase("private_traffic")]
    [TestCase("files_and_commands")]
    [TestCase("info_and_list")]
    [TestCase("timeouts")]
    [TestCase("pause_and_resume")]
    [TestCase("kill_during_execution")]
    [TestCase("template_exists")]
    [TestCase("metrics")]
    [TestCase("server_in_the_sandbox")]
    [TestCase("directory_of_the_template")]
    [CancelAfter(120_000)]
    public async Task Sandboxes_of_the_sdks_work_unmodified(string name, CancellationToken cancellationToken)
    {
        await RunAsync(name, cancellationToken);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task A_sandbox_that_was_killed_leaves_no_process_mount_group_and_directory(CancellationToken cancellationToken)
    {
        var id = (await RunAsync("kill", cancellationToken)).Trim();

        id.Should().MatchRegex("^i[a-z0-9]{20}$");
        Directory.EnumerateDirectories(Path.Combine(_plane.EngineDirectory, "sandboxes")).Should().NotContain(path => path.EndsWith(id));
        File.ReadAllText("/proc/self/mounts").Should().NotContain(id);
        if (Directory.Exists("/sys/fs/cgroup")) ListGroups("/sys/fs/cgroup", 3).Should().NotContain(path => path.Contains(id));
        ListCommandLines().Should().NotContain(line => line.Contains(id));
    }

    private static IEnumerable<string> ListGroups(string directory, int depth) => Directory.EnumerateDirectories(
        directory, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = depth });

    private static List<string> ListCommandLines()
    {
        var lines = new List<string>();
        foreach (var path in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(path), out _)) lines.Add(File.ReadAllText(Path.Combine(path, "cmdline")));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It has ended.
            }
        }

        return lines;
    }

    private Task<string> RunAsync(string name, CancellationToken cancellationToken) => _plane.RunClientAsync(name, cancellationToken);
}
