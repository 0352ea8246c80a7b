using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Sandboxes;

/// <summary><c>kernel-gateway sandboxes list, create, kill, logs, exec</c> against <c>sandboxes serve</c>.</summary>
[Platform("Linux")]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one service for all cases; each finds its sandboxes by its own metadata
public sealed class SandboxCommandTests
{
    private const int TestTimeout = 120_000;

    private PlaneProcess _plane = null!;

    [OneTimeSetUp]
    public async Task StartTheService() => _plane = await PlaneProcess.StartAsync(TestContext.CurrentContext.CancellationToken);

    [OneTimeTearDown]
    public async Task StopTheService()
    {
        if (_plane is not null) await _plane.DisposeAsync();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Sandbox_is_created_found_by_its_metadata_and_ended(CancellationToken cancellationToken)
    {
        var first = await CreateAsync(cancellationToken, "--metadata", "case=a b&c=d", "--metadata", "n=1", "--timeout", "1000");
        var second = await CreateAsync(cancellationToken, "--metadata", "case=a b&c=d", "--metadata", "n=2");

        (await SucceedAsync(cancellationToken, "list", "--quiet", "--metadata", "case=a b&c=d"))
            .Should().Be($"{second}\n{first}\n");
        (await SucceedAsync(cancellationToken, "list", "--metadata", "n=1"))
            .Should().MatchRegex($@"^{first}  base  running  \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\dZ  case=a b&c=d n=1\n$");
        (await SucceedAsync(cancellationToken, "list", "--state", "paused", "--metadata", "case=a b&c=d")).Should().BeEmpty();

        (await SucceedAsync(cancellationToken, "kill", first, second)).Should().BeEmpty();

        (await SucceedAsync(cancellationToken, "list", "--metadata", "case=a b&c=d")).Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Command_runs_in_the_sandbox_with_its_variables_input_and_exit_code(CancellationToken cancellationToken)
    {
        var id = await CreateAsync(cancellationToken, "--env", "GIVEN=by the request");
        const string Script = "cat; echo $GIVEN, $MORE in $PWD; echo problem >&2; exit 7";
        using var run = Start("exec", id, "--env", "MORE=here", "--cwd", "/", "--", "sh", "-c", Script);
        await run.Input.WriteAsync("typed\n");

        var (code, output, error) = await run.WaitAsync(cancellationToken);

        output.Should().Be("typed\nby the request, here in /\n");
        error.Should().Be("problem\n");
        code.Should().Be(7);
        await SucceedAsync(cancellationToken, "kill", id);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Log_says_what_was_done_with_the_sandbox_from_a_level_on(CancellationToken cancellationToken)
    {
        var id = await CreateAsync(cancellationToken);

        var all = await SucceedAsync(cancellationToken, "logs", id);
        var warnings = await SucceedAsync(cancellationToken, "logs", id, "--level", "warn");

        all.Should().MatchRegex(@"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z  info   ").And.Contain("  warn   ");
        warnings.Should().Contain("isolates nothing").And.NotContain("  info   ");
        await SucceedAsync(cancellationToken, "kill", id);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Unknown_sandbox_is_told_and_the_others_are_ended(CancellationToken cancellationToken)
    {
        const string Unknown = "i00000000000000000000";
        var id = await CreateAsync(cancellationToken, "--metadata", "case=unknown");

        var (code, _, error) = await RunAsync(cancellationToken, "kill", Unknown, id);

        code.Should().Be(2);
        error.Should().Contain(Unknown).And.Contain("not found");
        (await SucceedAsync(cancellationToken, "list", "--metadata", "case=unknown")).Should().BeEmpty();
    }

    [TestCase(2, "exist", "logs", "i00000000000000000000")]
    [TestCase(125, "i00000000000000000000", "exec", "i00000000000000000000", "true")]
    [TestCase(2, "missing-template", "create", "missing-template")]
    [TestCase(2, "Timeout", "create", "--timeout", "100000000")]
    [TestCase(2, "--metadata", "create", "--metadata", "novalue")]
    [TestCase(2, "--timeout", "exec", "i00000000000000000000", "--timeout", "0", "true")]
    [TestCase(2, "Give ids, or --all", "kill")]
    [TestCase(2, "Give ids, or --all", "kill", "--all", "i00000000000000000000")]
    [TestCase(1, "refused the API key", "list", "--api-key", "e2b_0000")]
    [TestCase(125, "refused the API key", "exec", "--api-key", "e2b_0000", "i00000000000000000000", "true")]
    [TestCase(1, "control plane at http://127.0.0.1:1 cannot be reached", "list", "--url", "http://127.0.0.1:1")]
    [TestCase(2, "--url: 'plane' is not an address", "list", "--url", "plane")]
    [CancelAfter(TestTimeout)]
    public async Task Failure_is_told_in_a_sentence(int code, string said, params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(TestContext.CurrentContext.CancellationToken, arguments);

        exitCode.Should().Be(code, error);
        error.Should().Contain(said).And.NotContain("   at ");
        if (code != 2) output.Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Missing_key_and_a_server_of_another_kind_are_told(CancellationToken cancellationToken)
    {
        await using var gateway = await ServerProcess.StartAsync(cancellationToken, "--warm", "none", "--auth", "none");
        var environment = new Dictionary<string, string> { ["E2B_API_KEY"] = "" };
        using var withoutKey = CommandRun.Start("/", environment, "sandboxes", "list", "--url", _plane.Url);
        using var atGateway = CommandRun.Start("/", _plane.Environment, "sandboxes", "list", "--url", gateway.Url.ToString());

        var (first, _, keyError) = await withoutKey.WaitAsync(cancellationToken);
        var (second, _, kindError) = await atGateway.WaitAsync(cancellationToken);

        first.Should().Be(1);
        keyError.Should().Contain("needs an API key").And.Contain("E2B_API_KEY");
        second.Should().Be(1);
        kindError.Should().Contain("is it a control plane?");
    }

    [TestCase("process", "can create sandboxes on this machine")]
    [TestCase("bubblewrap", "create sandboxes on this machine")]
    [CancelAfter(TestTimeout)]
    public async Task Check_says_what_the_machine_allows_an_engine(
        string engine, string said, CancellationToken cancellationToken)
    {
        var (code, output, error) = await RunAsync(cancellationToken, "check", "--engine", engine);

        output.Should().MatchRegex(@"(?m)^outgoing-network +(yes|no) +\S").And.Contain(said);
        code.Should().Be(output.Contains("cannot create") ? 1 : 0, error);
        output.Contains("  missing  ").Should().Be(code == 1);
    }

    private async Task<string> CreateAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var id = (await SucceedAsync(cancellationToken, ["create", .. arguments])).TrimEnd('\n');
        id.Should().MatchRegex("^i[a-z0-9]{20}$");
        return id;
    }

    private CommandRun Start(params string[] arguments) => CommandRun.Start("/", _plane.Environment, ["sandboxes", .. arguments]);

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(
        CancellationToken cancellationToken, params string[] arguments)
    {
        using var run = Start(arguments);
        return await run.WaitAsync(cancellationToken);
    }

    private async Task<string> SucceedAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(cancellationToken, arguments);
        exitCode.Should().Be(0, error);
        return output;
    }
}
