using System.Globalization;
using System.Net.Http.Json;
using System.Runtime.Versioning;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Serving;

/// <summary><c>serve --kernel-user</c>: the gateway runs as root, its kernels do not. Every Debian system has the user <c>games</c>.</summary>
[Platform("Linux")]
[SupportedOSPlatform("linux")]
[RequiresKernel]
public sealed class KernelUserTests
{
    private const string User = "games";
    private const UnixFileMode Passable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("kernel-user-");

    [SetUp]
    public void RequireRoot()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root can run kernels as another user.");
        File.SetUnixFileMode(_root.FullName, Passable);
    }

    [TearDown]
    public void Remove() => _root.Delete(recursive: true);

    [Test]
    [CancelAfter(120_000)]
    public async Task Code_runs_as_the_user_and_cannot_reach_the_gateway(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(cancellationToken);
        using var client = new HttpClient { BaseAddress = server.Url };
        var id = await CreateAsync(client, cancellationToken);

        (await client.RunCellAsync(id, "import os, pwd; print(pwd.getpwuid(os.getuid()).pw_name, os.getuid() == os.geteuid(), os.environ['USER'])", cancellationToken))
            .Should().Be($"{User} True {User}");
        (await client.RunCellAsync(id, "print(os.environ['HOME'] == pwd.getpwuid(os.getuid()).pw_dir, 'XDG_RUNTIME_DIR' in os.environ)", cancellationToken))
            .Should().Be("True False");
        (await client.RunCellAsync(id, "print([line for line in open('/proc/self/status') if line[:6] in ('CapPrm', 'CapEff')])", cancellationToken))
            .Should().Be(@"['CapPrm:\t0000000000000000\n', 'CapEff:\t0000000000000000\n']");
        var gateway = server.ProcessId.ToString(CultureInfo.InvariantCulture);
        foreach (var attempt in new[]
        {
            $"os.kill({gateway}, 9)",
            $"open('/proc/{gateway}/environ').read()",
            $"open('/proc/{gateway}/mem', 'rb')",
            $"os.listdir(os.path.dirname(os.environ['KERNELGATEWAY_KERNEL']))",
            $"os.remove(os.environ['KERNELGATEWAY_KERNEL'])",
        })
        {
            (await client.RunCellAsync(id, $"try:\n    {attempt}\n    print('possible')\nexcept PermissionError:\n    print('refused')", cancellationToken))
                .Should().Be("refused", attempt);
        }
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Background_processes_end_and_nothing_is_left(CancellationToken cancellationToken)
    {
        string child;
        await using (var server = await StartAsync(cancellationToken))
        {
            using var client = new HttpClient { BaseAddress = server.Url };
            var id = await CreateAsync(client, cancellationToken);
            const string Code = "import subprocess; p = subprocess.Popen(['sleep', '1000'], start_new_session=True); print(p.pid)";
            child = await client.RunCellAsync(id, Code, cancellationToken);
            ProcessTable.IsRunning(child).Should().BeTrue();

            await client.DeleteAsync($"/contexts/{id}", cancellationToken);

            ProcessTable.IsRunning(child).Should().BeFalse();
        }

        Directory.GetFileSystemEntries(Path.Combine(_root.FullName, "run")).Should().BeEmpty();
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Next_gateway_takes_over_kernels_of_the_user(CancellationToken cancellationToken)
    {
        string id, pid;
        await using (var first = await StartAsync(cancellationToken))
        {
            using var client = new HttpClient { BaseAddress = first.Url };
            id = await CreateAsync(client, cancellationToken);
            pid = await client.RunCellAsync(id, "import os; x = 'kept'; print(os.getpid())", cancellationToken);
            await first.CrashAsync(cancellationToken);
        }

        await using (var second = await StartAsync(cancellationToken))
        {
            using var client = new HttpClient { BaseAddress = second.Url };

            (await client.RunCellAsync(id, "print(x, os.getpid())", cancellationToken)).Should().Be($"kept {pid}");
        }

        ProcessTable.IsRunning(pid).Should().BeFalse();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Working_directory_that_the_user_may_not_enter_is_refused_with_the_reason(CancellationToken cancellationToken)
    {
        var closed = Directory.CreateDirectory(Path.Combine(_root.FullName, "closed"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using var server = await StartAsync(cancellationToken);
        using var client = new HttpClient { BaseAddress = server.Url };

        using var response = await client.PostAsJsonAsync("/contexts", new { language = "python", cwd = closed.FullName }, cancellationToken);

        ((int)response.StatusCode).Should().Be(500);
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Contain($"can't cd to {closed.FullName}");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Variables_reach_the_kernel_and_nothing_that_runs_as_root(CancellationToken cancellationToken)
    {
        // With these variables the dynamic linker writes a file for each program. The owner of the file is the user of the program.
        var trace = Directory.CreateDirectory(Path.Combine(_root.FullName, "trace"));
        File.SetUnixFileMode(trace.FullName, Passable | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
        const string Text = "it's \"quoted\"\n$HOME `id` \\ \u00e9";
        await using var server = await StartAsync(cancellationToken);
        using var client = new HttpClient { BaseAddress = server.Url };
        var variables = new Dictionary<string, string> { ["LD_DEBUG"] = "files", ["LD_DEBUG_OUTPUT"] = $"{trace.FullName}/ld", ["TEXT"] = Text };
        using var created = await client.PostAsJsonAsync("/contexts", new { language = "python", env_vars = variables }, cancellationToken);
        var id = (string)JObject.Parse(await created.Content.ReadAsStringAsync(cancellationToken))["id"]!;

        (await client.RunCellAsync(id, "import os, json; print(json.dumps(os.environ['TEXT']))", cancellationToken))
            .Should().Be(Newtonsoft.Json.JsonConvert.SerializeObject(Text).Replace("\u00e9", "\\u00e9", StringComparison.Ordinal));
        const string Owners = "import glob; files = glob.glob(os.environ['LD_DEBUG_OUTPUT'] + '*'); print(len(files) > 0, {os.stat(f).st_uid for f in files} == {os.getuid()})";
        (await client.RunCellAsync(id, Owners, cancellationToken)).Should().Be("True True");
        (await client.RunCellAsync(id, "with open('/dev/stderr', 'w') as f: print(f.write('x'))", cancellationToken)).Should().Be("1");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Root_is_refused_at_the_start(CancellationToken cancellationToken)
    {
        using var run = CommandRun.Start(_root.FullName, new Dictionary<string, string>(), "serve", "--port", "0", "--kernel-user", "0");

        var (exitCode, _, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(2);
        error.Should().Contain("'0' is root");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Unknown_user_is_refused_at_the_start(CancellationToken cancellationToken)
    {
        using var run = CommandRun.Start(
            _root.FullName, new Dictionary<string, string>(), "serve", "--port", "0", "--kernel-user", "nobody-of-that-name");

        var (exitCode, _, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(2);
        error.Should().Contain("there is no user 'nobody-of-that-name'");
    }

    private Task<ServerProcess> StartAsync(CancellationToken cancellationToken) => ServerProcess.StartAsync(
        new Dictionary<string, string> { ["KERNELGATEWAY__LAUNCHING__RUNDIRECTORYROOT"] = Path.Combine(_root.FullName, "run") },
        cancellationToken,
        "--auth", "none", "--warm", "none", "--kernel-user", User);

    private static async Task<string> CreateAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using var created = await client.PostAsJsonAsync("/contexts", new { language = "python" }, cancellationToken);
        var body = await created.Content.ReadAsStringAsync(cancellationToken);
        created.IsSuccessStatusCode.Should().BeTrue(body);
        return (string)JObject.Parse(body)["id"]!;
    }
}
