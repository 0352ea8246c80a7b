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
public sealed class E2BControlPlaneTests(string engineName) : SandboxPlaneTests(engineName)
{
    [TestCase("create_and_run_code")]
    [TestCase("private_traffic")]
    [TestCase("files_and_commands")]
    [TestCase("update_network")]
    [TestCase("info_and_list")]
    [TestCase("timeouts")]
    [TestCase("pause_and_resume")]
    [TestCase("kill_during_execution")]
    [TestCase("template_exists")]
    [TestCase("metrics")]
    [TestCase("server_in_the_sandbox")]
    [TestCase("directory_of_the_template")]
    [TestCase("defaults")]
    [TestCase("connect_to_a_killed_sandbox")]
    [TestCase("auto_resume_by_the_router")]
    [TestCase("auto_pause_without_auto_resume")]
    [TestCase("what_runs_is_reattached_after_a_resume")]
    [TestCase("command_is_told_of_the_end_of_its_sandbox")]
    [TestCase("order_start_and_template_of_lists")]
    [TestCase("signed_urls")]
    [TestCase("tokens_of_private_ports")]
    [TestCase("masked_host")]
    [TestCase("pause_and_resume_fifty_times", Category = "EveryVariant")]
    [TestCase("time_paused_does_not_count", Category = "EveryVariant")]
    [CancelAfter(120_000)]
    public async Task Sandboxes_of_the_sdks_work_unmodified(string name, CancellationToken cancellationToken)
    {
        await RunAsync(name, cancellationToken);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Create_that_its_client_gives_up_leaves_nothing_that_is_not_listed(CancellationToken cancellationToken)
    {
        await RunAsync("create_that_is_given_up", cancellationToken);

        // Others are being created at the same time: each is listed or gone at some time after it was seen.
        foreach (var id in ListDirectories())
            while (ListDirectories().Contains(id) && !(await Plane.ListAsync()).Contains(id)) cancellationToken.ThrowIfCancellationRequested();
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task A_sandbox_that_was_killed_leaves_no_process_mount_group_and_directory(CancellationToken cancellationToken)
    {
        var id = (await RunAsync("kill", cancellationToken)).Trim();

        id.Should().MatchRegex("^i[a-z0-9]{20}$");
        ListDirectories().Should().NotContain(id);
        File.ReadAllText("/proc/self/mounts").Should().NotContain(id);
        if (Directory.Exists("/sys/fs/cgroup")) ListGroups("/sys/fs/cgroup", 3).Should().NotContain(path => path.Contains(id));
        ListCommandLines().Should().NotContain(line => line.Contains(id));
    }

    private List<string> ListDirectories() =>
        [.. Directory.EnumerateDirectories(Path.Combine(Plane.EngineDirectory, "sandboxes")).Select(path => Path.GetFileName(path)!)];

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

    private Task<string> RunAsync(string name, CancellationToken cancellationToken) => Plane.RunClientAsync(name, cancellationToken);
}
