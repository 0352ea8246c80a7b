using System.Globalization;
using System.Net.Http.Json;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Serving;

/// <summary><c>serve --kernel-memory</c>, <c>--kernel-processes</c>, <c>--command-memory</c> and <c>--command-processes</c>.</summary>
[Platform("Linux")]
[RequiresKernel]
public sealed class LimitTests
{
    private const string TakeMemory = "kept = [b'x' * (50 << 20) for _ in range(40)]; print('got all')";

    // At most 200 programs that wait for the end of their input.
    private const string TakeProcesses =
        """
        import errno, subprocess
        started, error = [], 0
        try:
            for _ in range(200): started.append(subprocess.Popen(['cat'], stdin=subprocess.PIPE))
        except OSError as refusal: error = refusal.errno
        for process in started: process.stdin.close()
        for process in started: process.wait()
        print(len(started), errno.errorcode.get(error))
        """;

    [Test]
    [CancelAfter(120_000)]
    public async Task Cell_that_needs_too_much_memory_ends_with_that_reason_and_harms_nobody_else(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(cancellationToken, "--kernel-memory", "300M");
        await RequireGroupsAsync(server, cancellationToken);
        using var client = new HttpClient { BaseAddress = server.Url };
        var id = await CreateAsync(client, cancellationToken);
        var other = await CreateAsync(client, cancellationToken);
        await client.RunCellAsync(other, "x = 'kept'", cancellationToken);

        using var response = await client.PostAsJsonAsync("/execute", new { code = TakeMemory, context_id = id }, cancellationToken);

        var lines = await response.Content.ReadAsStringAsync(cancellationToken);
        var end = JObject.Parse(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        ((string?)end["reason"]).Should().Be("kernel_died");
        ((bool?)end["out_of_memory"]).Should().BeTrue();
        ((int?)end["signal"]).Should().Be(9);
        ((string?)end["message"]).Should().StartWith(
            "The kernel's process ended: signal 9 (SIGKILL), because it needed more memory than its limit of 300 MiB.");
        (await client.RunCellAsync(other, "print(x)", cancellationToken)).Should().Be("kept");
        (await client.RunCellAsync(id, "print('again')", cancellationToken)).Should().Be("again", "the kernel was restarted");
        await server.Lines.WaitForAsync(line => line.Contains("[3122]") && line.Contains("limit of 300 MiB"), cancellationToken);
        foreach (var context in new[] { id, other }) await client.DeleteAsync($"/contexts/{context}", cancellationToken);
        ListGroups(server.ProcessId).Should().BeEmpty();
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Cell_cannot_start_more_processes_than_its_kernel_may_have(
        [Values] bool asAnotherUser, CancellationToken cancellationToken)
    {
        if (asAnotherUser && !Environment.IsPrivilegedProcess) Assert.Ignore("Only root can run kernels as another user.");
        string[] user = asAnotherUser ? ["--kernel-user", "games"] : [];
        await using var server = await StartAsync(cancellationToken, ["--kernel-processes", "64", .. user]);
        await RequireGroupsAsync(server, cancellationToken);
        using var client = new HttpClient { BaseAddress = server.Url };
        var id = await CreateAsync(client, cancellationToken);

        (await client.RunCellAsync(id, TakeProcesses, cancellationToken))
            .Should().MatchRegex("^[2-5][0-9] EAGAIN$", "the kernel's threads are counted too");

        (await client.RunCellAsync(id, "print(6 * 7)", cancellationToken)).Should().Be("42");
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Kernel_of_a_killed_gateway_keeps_its_limits_and_its_group_goes_with_it(CancellationToken cancellationToken)
    {
        var root = Directory.CreateTempSubdirectory("limits-");
        var settings = new Dictionary<string, string> { ["KERNELGATEWAY__LAUNCHING__RUNDIRECTORYROOT"] = root.FullName };
        try
        {
            string id;
            int first;
            await using (var server = await ServerProcess.StartAsync(
                settings, cancellationToken, "--auth", "none", "--warm", "none", "--kernel-memory", "300M", "--command-processes", "32"))
            {
                await RequireGroupsAsync(server, cancellationToken);
                using var client = new HttpClient { BaseAddress = server.Url };
                first = server.ProcessId;
                id = await CreateAsync(client, cancellationToken);
                await client.RunCellAsync(id, "x = 'kept'", cancellationToken);
                await server.CrashAsync(cancellationToken);
            }

            ListGroups(first).Should().NotBeEmpty("nobody has removed them");
            await using (var server = await ServerProcess.StartAsync(
                settings, cancellationToken, "--auth", "none", "--warm", "none", "--kernel-memory", "300M"))
            {
                using var client = new HttpClient { BaseAddress = server.Url };
                (await client.RunCellAsync(id, "print(x)", cancellationToken)).Should().Be("kept");

                using var response = await client.PostAsJsonAsync("/execute", new { code = TakeMemory, context_id = id }, cancellationToken);

                (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Contain("its limit of 300 MiB");
            }

            ListGroups(first).Should().BeEmpty();
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Command_is_limited_and_its_end_says_why(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(cancellationToken, "--command-memory", "100M", "--command-processes", "64");
        await RequireGroupsAsync(server, cancellationToken);
        using var client = new HttpClient { BaseAddress = server.Url };

        (await RunCommandAsync(client, TakeProcesses, cancellationToken)).Should().Contain(Convert.ToBase64String("63 EAGAIN\n"u8));
        (await RunCommandAsync(client, TakeMemory, cancellationToken))
            .Should().Contain("signal: killed (it needed more memory than its limit of 100 MiB)");

        ListGroups(server.ProcessId).Should().BeEmpty();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Server_without_control_groups_says_that_resource_limits_are_used(CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root can hide the control groups.");
        await using var server = await ServerProcess.StartWithoutControlGroupsAsync(
            cancellationToken,
            "--auth", "none", "--warm", "none", "--kernel-memory", "8G", "--kernel-processes", "100", "--command-memory", "1G");

        await server.Lines.WaitForAsync(
            line => line.Contains("[3164]") && line.Contains("limited to 8 GiB of memory by a resource limit"), cancellationToken);
        await server.Lines.WaitForAsync(
            line => line.Contains("[3165]") && line.Contains("not limited to 100 processes and threads"), cancellationToken);
        using var client = new HttpClient { BaseAddress = server.Url };
        var id = await CreateAsync(client, cancellationToken);
        const string HardLimit = "import resource; print(resource.getrlimit(resource.RLIMIT_AS)[1] >> 30)";
        (await client.RunCellAsync(id, HardLimit, cancellationToken)).Should().Be("8");
        await server.Lines.WaitForAsync(
            line => line.Contains("[6104]") && line.Contains("1 GiB of memory by a resource limit"), cancellationToken);
    }

    [TestCase("--kernel-memory=0", "--kernel-memory: '0' is less than 16 MiB, the smallest limit.")]
    [TestCase("--kernel-memory=-5G", "--kernel-memory: '-5G' is less than 16 MiB, the smallest limit.")]
    [TestCase("--kernel-memory=many", "--kernel-memory: 'many' is not a size; it is a number of bytes, or ")]
    [TestCase("--kernel-processes=0", "--kernel-processes: '0' is less than 1.")]
    [TestCase("--command-memory=1X", "--command-memory: '1X' is not a size; it is a number of bytes, or ")]
    [TestCase("--command-processes=1.5", "--command-processes: '1.5' is not a number of processes, such as 64.")]
    [CancelAfter(60_000)]
    public async Task Impossible_limit_is_refused_at_the_start(string argument, string message, CancellationToken cancellationToken)
    {
        using var run = CommandRun.Start(Path.GetTempPath(), new Dictionary<string, string>(), "serve", "--port", "0", argument);

        var (exitCode, _, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(2);
        error.Should().Contain($"kernel-gateway: {message}");
    }

    private static Task<ServerProcess> StartAsync(CancellationToken cancellationToken, params string[] arguments) =>
        ServerProcess.StartAsync(cancellationToken, ["--auth", "none", "--warm", "none", .. arguments]);

    private static async Task<string> CreateAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using var created = await client.PostAsJsonAsync("/contexts", new { language = "python" }, cancellationToken);
        var body = await created.Content.ReadAsStringAsync(cancellationToken);
        created.IsSuccessStatusCode.Should().BeTrue(body);
        return (string)JObject.Parse(body)["id"]!;
    }

    // Runs a script of Python as a command, by E2B's protocol: one envelope with the request, envelopes with the events.
    private static async Task<string> RunCommandAsync(HttpClient client, string script, CancellationToken cancellationToken)
    {
        var message = new JObject
        {
            ["process"] = new JObject { ["cmd"] = "/usr/bin/python3", ["args"] = new JArray("-c", script) },
        };
        var json = System.Text.Encoding.UTF8.GetBytes(message.ToString(Newtonsoft.Json.Formatting.None));
        var envelope = new byte[5 + json.Length];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(envelope.AsSpan(1), json.Length);
        json.CopyTo(envelope, 5);
        using var content = new ByteArrayContent(envelope);
        content.Headers.ContentType = new("application/connect+json");
        using var response = await client.PostAsync("/process.Process/Start", content, cancellationToken);
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }

    private static async Task RequireGroupsAsync(ServerProcess server, CancellationToken cancellationToken)
    {
        string[] events = ["[3164]", "[3165]", "[6104]", "[6105]"];
        var line = await server.Lines.WaitForAsync(line => events.Any(line.Contains), cancellationToken);
        if (!line.Contains("by a control group", StringComparison.Ordinal))
            Assert.Ignore("This user may not make control groups with limits on this machine.");
    }

    private static string[] ListGroups(int gateway)
    {
        var pattern = string.Create(CultureInfo.InvariantCulture, $"kernel-gateway-{gateway}.*");
        while (true)
        {
            try
            {
                return Directory.GetDirectories("/sys/fs/cgroup", pattern, SearchOption.AllDirectories);
            }
            catch (DirectoryNotFoundException)
            {
                // Another gateway has removed a group during the search.
            }
        }
    }
}
