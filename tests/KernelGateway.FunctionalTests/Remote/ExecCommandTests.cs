using System.Diagnostics;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Remote;

/// <summary><c>kernel-gateway exec</c> against the real command <c>serve</c>.</summary>
public sealed class ExecCommandTests : RemoteTests
{
    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Output_errors_and_exit_code_are_those_of_the_command(CancellationToken cancellationToken)
    {
        var (exitCode, output, error) = await RunAsync(
            cancellationToken, "exec", "--", "sh", "-c", "echo out; echo err >&2; exit 7");

        output.Should().Be("out\n");
        error.Should().Be("err\n");
        exitCode.Should().Be(7);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Variables_and_directory_reach_the_command(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(RemotePath("below"));
        var script = "echo $PWD; echo $FIRST; echo $KERNELGATEWAY_URL; echo $GIVEN";

        var output = await SucceedAsync(
            cancellationToken,
            "exec", "--cwd", RemotePath("below"), "--env", "FIRST=a=b", "--env", "KERNELGATEWAY_URL", "--", "sh", "-c", script);
        var inDefault = await SucceedAsync(cancellationToken, "exec", "pwd");

        output.Split('\n').Should().Equal(RemotePath("below"), "a=b", Url, "by the operator", "");
        inDefault.Should().Be($"{RemoteDirectory}\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Arguments_reach_the_command_as_they_are(CancellationToken cancellationToken) =>
        (await SucceedAsync(cancellationToken, "exec", "--", "printf", "%s|", "@file", "--url", "", "a b", "*", "--", "é"))
            .Should().Be("@file|--url||a b|*|--|é|");

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Piped_input_is_passed_on_while_output_comes_back(CancellationToken cancellationToken)
    {
        using var run = Start("exec", "cat");

        await run.Input.WriteLineAsync("first");
        (await run.Output.ReadLineAsync(cancellationToken)).Should().Be("first");
        await run.Input.WriteLineAsync("second");
        var (exitCode, output, error) = await run.WaitAsync(cancellationToken);

        output.Should().Be("second\n");
        exitCode.Should().Be(0, error);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Many_bytes_pass_in_both_directions_unchanged(CancellationToken cancellationToken)
    {
        var bytes = new byte[3_000_001];
        new Random(1).NextBytes(bytes);
        await File.WriteAllBytesAsync(LocalPath("bytes"), bytes, cancellationToken);
        const string Script = "dotnet \"$0\" exec cat < bytes > copy";

        var (exitCode, output) = await RunShellAsync(Script, cancellationToken);

        exitCode.Should().Be(0, output);
        (await File.ReadAllBytesAsync(LocalPath("copy"), cancellationToken)).AsSpan().SequenceEqual(bytes).Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Output_and_errors_in_one_file_do_not_overwrite_each_other(CancellationToken cancellationToken)
    {
        const string Script = "dotnet \"$0\" exec -- sh -c 'for i in 1 2 3; do echo out; echo err >&2; done' > both 2>&1";

        await RunShellAsync(Script, cancellationToken);

        (await File.ReadAllLinesAsync(LocalPath("both"), cancellationToken))
            .Should().BeEquivalentTo("out", "out", "out", "err", "err", "err");
    }

    [TestCase("-INT", 3)]
    [TestCase("-TERM", 4)]
    [CancelAfter(TestTimeout)]
    public async Task Signal_reaches_the_process_group_of_the_command(
        string signal, int code, CancellationToken cancellationToken)
    {
        // The shell acts on the signal only when its child has ended, which it does by the same signal.
        using var run = Start(
            "exec", "--", "bash", "-c", "trap 'exit 3' INT; trap 'exit 4' TERM; bash -c 'echo ready; exec sleep 1000'; exit 5");
        (await run.Output.ReadLineAsync(cancellationToken)).Should().Be("ready");

        using var kill = Process.Start("kill", [signal, $"{run.ProcessId}"]);
        var (exitCode, _, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(code, error);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Command_that_is_ended_by_a_signal_has_the_code_of_shells(CancellationToken cancellationToken) =>
        (await RunAsync(cancellationToken, "exec", "--", "sh", "-c", "kill -KILL $$")).ExitCode.Should().Be(137);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Command_ends_when_nobody_reads_its_output(CancellationToken cancellationToken)
    {
        const string Script = "dotnet \"$0\" exec yes | head -1; echo ${PIPESTATUS[0]}";

        var (_, output) = await RunShellAsync(Script, cancellationToken);

        output.Should().Be("y\n141\n");
    }

    [TestCase(127, "in no directory of PATH", "exec", "no-such-program")]
    [TestCase(127, "does not exist", "exec", "--cwd", "/no/such/directory", "true")]
    [TestCase(125, "unknown username|invalid username", "exec", "--user", "nobody-of-that-name", "true")]
    [TestCase(125, "refused the token", "exec", "--token", "wrong", "true")]
    [TestCase(125, "cannot be reached", "exec", "--url", "http://127.0.0.1:1", "true")]
    [TestCase(125, "cannot be reached", "exec", "--url", "unix:/no/such/socket", "true")]
    [TestCase(2, "--url", "exec", "--url", "gateway", "true")]
    [TestCase(2, "--env", "exec", "--env", "=value", "true")]
    [TestCase(2, "Required argument", "exec")]
    [CancelAfter(TestTimeout)]
    public async Task Failure_is_told_in_a_sentence(int code, string said, params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(TestContext.CurrentContext.CancellationToken, arguments);

        exitCode.Should().Be(code, error);
        error.Should().MatchRegex(said).And.NotContain("   at ");
        if (code != 2) output.Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Missing_token_and_missing_services_are_told(CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string> { ["KERNELGATEWAY_TOKEN"] = "", ["KERNELGATEWAY__HTTP__TOKEN"] = "" };
        await using var kernelsOnly = await ServerProcess.StartAsync(
            cancellationToken, "--warm", "none", "--auth", "none", "--services", "none");
        using var withoutToken = CommandRun.Start(LocalDirectory, environment, "exec", "--url", Url, "true");
        using var withoutServices = CommandRun.Start(
            LocalDirectory, environment, "exec", "--url", kernelsOnly.Url.ToString(), "true");

        var (first, _, tokenError) = await withoutToken.WaitAsync(cancellationToken);
        var (second, _, servicesError) = await withoutServices.WaitAsync(cancellationToken);

        first.Should().Be(125);
        tokenError.Should().Contain("needs a token").And.Contain("KERNELGATEWAY_TOKEN");
        second.Should().Be(125);
        servicesError.Should().Contain("serves no files and commands");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Gateway_is_reached_below_a_path_and_on_a_unix_socket(CancellationToken cancellationToken)
    {
        var socket = LocalPath("gateway.sock");
        await using var server = await ServerProcess.StartAsync(
            cancellationToken, "--warm", "none", "--auth", "none", "--base-url", "/gateway", "--socket", socket);
        await using var atRoot = await ServerProcess.StartAsync(
            cancellationToken, "--warm", "none", "--auth", "none", "--socket", socket + "2");
        var url = new Uri(server.Url, "/gateway").ToString();

        (await SucceedAsync(cancellationToken, "exec", "--url", url, "echo", "below")).Should().Be("below\n");
        (await SucceedAsync(cancellationToken, "exec", "--url", $"unix:{socket}2", "echo", "socket")).Should().Be("socket\n");
    }

    // A script with the path of the command as $0.
    private Task<(int ExitCode, string Output)> RunShellAsync(string script, CancellationToken cancellationToken)
    {
        var start = TerminalCommand.Create("bash");
        start.WorkingDirectory = LocalDirectory;
        foreach (var argument in new[] { "-c", script, Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll") })
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in Environment) start.Environment[name] = value;
        return ProgramRun.RunAsync(start, cancellationToken);
    }
}
