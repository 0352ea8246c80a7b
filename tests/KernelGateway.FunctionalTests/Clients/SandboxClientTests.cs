using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using FluentAssertions;
using KernelGateway.Client;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>The client of this repository against a control plane whose sandboxes are real.</summary>
[TestFixture("bubblewrap")]
[TestFixture("runc", Category = "EveryVariant")]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one control plane for all cases; each has sandboxes of its own
public sealed class SandboxClientTests(string engineName)
{
    // Of its own, so that no connection is left behind.
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };

    private SandboxPlane? _plane;

    [OneTimeSetUp]
    public async Task StartTheControlPlane() => _plane = await SandboxPlane.StartAsync(engineName);

    [OneTimeTearDown]
    public async Task StopTheControlPlane()
    {
        _http.Dispose();
        if (_plane is not null) await _plane.DisposeAsync();
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task Two_sandboxes_have_files_and_commands_of_their_own(CancellationToken cancellationToken)
    {
        var first = await CreateAsync(cancellationToken, new() { Envs = new Dictionary<string, string> { ["GIVEN"] = "by the request" } });
        var second = await CreateAsync(cancellationToken);

        await first.Files.WriteAsync("notes/a.txt", "of the first", null, cancellationToken);
        await second.Files.WriteAsync("notes/a.txt", "of the second", null, cancellationToken);

        (await first.Commands.RunAsync("cat notes/a.txt; echo; echo $GIVEN", null, cancellationToken)).Stdout
            .Should().Be("of the first\nby the request\n");
        (await second.Files.ReadAsync("/home/user/notes/a.txt", null, cancellationToken)).Should().Be("of the second");
        (await second.Commands.RunAsync("id -un; pwd", new() { User = "root", Cwd = "/" }, cancellationToken)).Stdout.Should().Be("root\n/\n");
        (await first.Files.GetInfoAsync("notes/a.txt", null, cancellationToken)).Owner.Should().Be("user");
        await EndAsync(first, second);
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task Commands_stream_take_input_and_are_killed(CancellationToken cancellationToken)
    {
        var sandbox = await CreateAsync(cancellationToken);
        var output = Channel.CreateUnbounded<string>();
        var options = new CommandStartOptions { Stdin = true, Timeout = Timeout.InfiniteTimeSpan, OnStdout = text => output.Writer.TryWrite(text) };
        await using var command = await sandbox.Commands.StartAsync("while read -r line; do echo got $line; done", options, cancellationToken);

        await command.SendStdinAsync("one\n", cancellationToken);
        (await output.Reader.ReadAsync(cancellationToken)).Should().Be("got one\n");
        await command.SendStdinAsync("two\n", cancellationToken);
        (await output.Reader.ReadAsync(cancellationToken)).Should().Be("got two\n");
        (await sandbox.Commands.ListAsync(cancellationToken)).Should().ContainSingle(process => process.Pid == command.Pid);
        (await sandbox.Commands.KillAsync(command.Pid, cancellationToken)).Should().BeTrue();

        var failure = await command.Invoking(handle => handle.WaitAsync(cancellationToken)).Should().ThrowAsync<CommandExitException>();
        failure.Which.Should().BeEquivalentTo(new { ExitCode = -1, Stdout = "got one\ngot two\n" });
        (await sandbox.Commands.ListAsync(cancellationToken)).Should().BeEmpty();
        await EndAsync(sandbox);
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task Terminal_is_used_as_by_a_person(CancellationToken cancellationToken)
    {
        var sandbox = await CreateAsync(cancellationToken);
        var output = Channel.CreateUnbounded<string>();
        await using var terminal = await sandbox.Pty.CreateAsync(
            new() { Cols = 90, Rows = 30, OnData = bytes => output.Writer.TryWrite(Encoding.UTF8.GetString(bytes.Span)) }, cancellationToken);

        await terminal.SendInputAsync("stty size; exit 4\n", cancellationToken);

        (await terminal.WaitAsync(cancellationToken)).Should().Be(4);
        var seen = new StringBuilder();
        while (output.Reader.TryRead(out var text)) seen.Append(text);
        seen.ToString().Should().Contain("30 90");
        await EndAsync(sandbox);
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task Directory_is_watched(CancellationToken cancellationToken)
    {
        var sandbox = await CreateAsync(cancellationToken);
        await sandbox.Files.MakeDirAsync("watched", null, cancellationToken);
        var changes = Channel.CreateUnbounded<FileEvent>();
        await using var watch = await sandbox.Files.WatchDirAsync(
            "watched", change => changes.Writer.TryWrite(change), new() { Recursive = true }, cancellationToken);

        await sandbox.Commands.RunAsync("mkdir watched/below && echo a >watched/below/file", null, cancellationToken);

        FileEvent change;
        do change = await changes.Reader.ReadAsync(cancellationToken); while (change.Name != "below/file");
        await EndAsync(sandbox);
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task Paused_sandbox_goes_on_where_it_was(CancellationToken cancellationToken)
    {
        var sandbox = await CreateAsync(cancellationToken);
        await sandbox.Files.WriteAsync("a.txt", "kept", null, cancellationToken);
        var pid = (await sandbox.Commands.StartAsync("exec sleep 1000", new() { Timeout = Timeout.InfiniteTimeSpan }, cancellationToken)).Pid;

        (await sandbox.PauseAsync(cancellationToken: cancellationToken)).Should().BeTrue();
        (await sandbox.IsRunningAsync(cancellationToken)).Should().BeFalse();
        (await sandbox.GetInfoAsync(cancellationToken)).State.Should().Be(SandboxState.Paused);
        await sandbox.Invoking(all => all.Files.ReadAsync("a.txt", null, cancellationToken)).Should().ThrowAsync<SandboxNotFoundException>();
        var resumed = await Sandbox.ConnectAsync(sandbox.SandboxId, client: Options, cancellationToken: cancellationToken);

        (await resumed.IsRunningAsync(cancellationToken)).Should().BeTrue();
        (await resumed.Files.ReadAsync("a.txt", null, cancellationToken)).Should().Be("kept");
        (await resumed.Commands.ListAsync(cancellationToken)).Select(process => process.Pid).Should().Equal(pid);
        await EndAsync(resumed);
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task Sandboxes_are_listed_by_their_metadata(CancellationToken cancellationToken)
    {
        var metadata = new Dictionary<string, string> { ["test"] = TestContext.CurrentContext.Test.ID };
        var first = await CreateAsync(cancellationToken, new() { Metadata = metadata });
        var second = await CreateAsync(cancellationToken, new() { Metadata = metadata });
        var other = await CreateAsync(cancellationToken);

        var ids = new List<string>();
        await foreach (var info in Sandbox.ListAsync(new() { Metadata = metadata, Limit = 1 }, Options, cancellationToken)) ids.Add(info.SandboxId);

        ids.Should().Equal(second.SandboxId, first.SandboxId);
        await EndAsync(first, second, other);
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task Sandbox_ends_at_the_end_of_its_life(CancellationToken cancellationToken)
    {
        var sandbox = await CreateAsync(cancellationToken);
        await using var command = await sandbox.Commands.StartAsync("exec sleep 1000", new() { Timeout = Timeout.InfiniteTimeSpan }, cancellationToken);

        await sandbox.SetTimeoutAsync(TimeSpan.FromSeconds(1), cancellationToken);

        var failure = await command.Invoking(handle => handle.WaitAsync(cancellationToken)).Should().ThrowAsync<SandboxTimeoutException>();
        failure.Which.Message.Should().StartWith("The sandbox was killed or reached its end of life");
        (await sandbox.IsRunningAsync(cancellationToken)).Should().BeFalse();
        await sandbox.Invoking(all => all.Files.ListAsync("/", cancellationToken: cancellationToken)).Should().ThrowAsync<SandboxNotFoundException>();
        (await sandbox.KillAsync(CancellationToken.None)).Should().BeFalse();
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task Snapshots_and_forks_have_the_files(CancellationToken cancellationToken)
    {
        var client = new SandboxClient(Options);
        var sandbox = await CreateAsync(cancellationToken);
        await sandbox.Files.WriteAsync("a.txt", "of the snapshot", null, cancellationToken);

        var snapshot = await sandbox.CreateSnapshotAsync("named", cancellationToken);
        await sandbox.Files.WriteAsync("a.txt", "later", null, cancellationToken);
        var copy = await client.CreateAsync(new() { Template = snapshot.SnapshotId }, cancellationToken);
        var forks = await sandbox.ForkAsync(2, cancellationToken: cancellationToken);

        snapshot.Names.Should().ContainSingle(name => name.EndsWith("/named", StringComparison.Ordinal));
        (await copy.Files.ReadAsync("a.txt", null, cancellationToken)).Should().Be("of the snapshot");
        forks.Should().HaveCount(2).And.OnlyContain(fork => fork.Error == null);
        foreach (var fork in forks) (await fork.Sandbox!.Files.ReadAsync("a.txt", null, cancellationToken)).Should().Be("later");
        var listed = new List<string>();
        await foreach (var item in sandbox.ListSnapshotsAsync(cancellationToken)) listed.Add(item.SnapshotId);
        listed.Should().Equal(snapshot.SnapshotId);
        (await client.DeleteSnapshotAsync(snapshot.SnapshotId, cancellationToken)).Should().BeTrue();
        (await client.DeleteSnapshotAsync(snapshot.SnapshotId, cancellationToken)).Should().BeFalse();
        await EndAsync([sandbox, copy, .. forks.Select(fork => fork.Sandbox!)]);
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task Metrics_are_sampled(CancellationToken cancellationToken)
    {
        var sandbox = await CreateAsync(cancellationToken);

        IReadOnlyList<SandboxMetrics> samples;
        do samples = await sandbox.GetMetricsAsync(cancellationToken: cancellationToken); while (samples.Count == 0);

        samples[0].Should().Match<SandboxMetrics>(sample => sample.CpuCount > 0 && sample.MemTotal > 0 && sample.DiskTotal > 0);
        await EndAsync(sandbox);
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task Signed_addresses_find_their_sandbox(CancellationToken cancellationToken)
    {
        var first = await CreateAsync(cancellationToken);
        var second = await CreateAsync(cancellationToken);
        await first.Files.WriteAsync("a.txt", "of the first", null, cancellationToken);
        await second.Files.WriteAsync("a.txt", "of the second", null, cancellationToken);
        using var http = new HttpClient();

        (await http.GetStringAsync(first.DownloadUrl("a.txt"), cancellationToken)).Should().Be("of the first");
        (await http.GetStringAsync(second.DownloadUrl("a.txt"), cancellationToken)).Should().Be("of the second");
        await EndAsync(first, second);
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task Killed_sandbox_breaks_off_what_runs(CancellationToken cancellationToken)
    {
        var sandbox = await CreateAsync(cancellationToken);
        var ended = new ConcurrentQueue<Exception?>();
        var watch = await sandbox.Files.WatchDirAsync(
            "/tmp", _ => { }, new() { Timeout = Timeout.InfiniteTimeSpan, OnExit = ended.Enqueue }, cancellationToken);
        await using var command = await sandbox.Commands.StartAsync("exec sleep 1000", new() { Timeout = Timeout.InfiniteTimeSpan }, cancellationToken);

        (await Sandbox.KillAsync(sandbox.SandboxId, Options, cancellationToken)).Should().BeTrue();

        await command.Invoking(handle => handle.WaitAsync(cancellationToken)).Should().ThrowAsync<SandboxTimeoutException>();
        while (ended.IsEmpty) await Task.Yield();
        await watch.DisposeAsync();
        ended.Should().ContainSingle().Which.Should().BeOfType<SandboxTimeoutException>();
    }

    [Test]
    [RequiresKernel]
    [CancelAfter(180_000)]
    public async Task Code_is_run_in_contexts(CancellationToken cancellationToken)
    {
        var options = new SandboxCreateOptions
        {
            Envs = new Dictionary<string, string> { ["GIVEN"] = "by the request" },
            Network = new() { AllowPublicTraffic = false },
        };
        var sandbox = await Sandbox.CreateAsync(options, Options, cancellationToken);
        var output = new List<string>();

        await sandbox.RunCodeAsync("x = 41", cancellationToken: cancellationToken);
        var result = await sandbox.RunCodeAsync(
            "import os\nprint(os.environ['GIVEN'])\nx + 1", callbacks: new() { OnStdout = output.Add }, cancellationToken: cancellationToken);
        var context = await sandbox.CreateCodeContextAsync(new() { Language = "python", WorkingDirectory = "/tmp" }, cancellationToken);
        var other = await sandbox.RunCodeInContextAsync("import os; os.getcwd(), 'x' in globals()", context.Id, cancellationToken: cancellationToken);

        result.Text.Should().Be("42");
        string.Concat(output).Should().Be("by the request\n");
        other.Text.Should().Be("('/tmp', False)");
        (await sandbox.ListCodeContextsAsync(cancellationToken)).Select(item => item.Id).Should().Contain(context.Id);
        await sandbox.RunCodeInContextAsync("x = 1", context.Id, cancellationToken: cancellationToken);
        await sandbox.RestartCodeContextAsync(context.Id, cancellationToken);
        (await context.RunAsync("x", cancellationToken: cancellationToken)).Error!.Name.Should().Be("NameError");
        await sandbox.RemoveCodeContextAsync(context.Id, cancellationToken);
        await sandbox.Invoking(all => all.RunCodeInContextAsync("1", context.Id, cancellationToken: cancellationToken))
            .Should().ThrowAsync<ContextNotFoundException>();
        await EndAsync(sandbox);
    }

    [Test]
    [RequiresKernel]
    [CancelAfter(180_000)]
    public async Task Sandbox_that_is_killed_while_code_runs_says_so(CancellationToken cancellationToken)
    {
        var sandbox = await Sandbox.CreateAsync(null, Options, cancellationToken);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var callbacks = new ExecutionCallbacks { OnStdout = _ => started.TrySetResult() };
        var running = sandbox.RunCodeAsync(
            "print('up', flush=True)\nimport time\ntime.sleep(300)", callbacks: callbacks, cancellationToken: cancellationToken);
        await started.Task.WaitAsync(cancellationToken);

        await sandbox.KillAsync(cancellationToken);

        await running.Invoking(task => task).Should().ThrowAsync<SandboxTimeoutException>().WithMessage("The sandbox was killed or reached its end of life*");
        await sandbox.Invoking(all => all.RunCodeAsync("1", cancellationToken: cancellationToken)).Should().ThrowAsync<SandboxNotFoundException>();
    }

    private SandboxClientOptions Options
    {
        get
        {
            var url = _plane!.Url.GetLeftPart(UriPartial.Authority);
            return new SandboxClientOptions { ApiKey = _plane.Key, ApiUrl = url, SandboxUrl = url, Debug = false, HttpClient = _http };
        }
    }

    private Task<Sandbox> CreateAsync(CancellationToken cancellationToken, SandboxCreateOptions? options = null)
    {
        options ??= new SandboxCreateOptions();
        options.Template = "base";
        return Sandbox.CreateAsync(options, Options, cancellationToken);
    }

    private static async Task EndAsync(params Sandbox[] sandboxes)
    {
        foreach (var sandbox in sandboxes) (await sandbox.KillAsync(CancellationToken.None)).Should().BeTrue();
    }
}
