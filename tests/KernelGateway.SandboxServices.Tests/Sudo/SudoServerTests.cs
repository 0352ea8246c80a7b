using System.IO.Pipes;
using System.Runtime.Versioning;
using FluentAssertions;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Sudo;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Sudo;

/// <summary>Commands that a service of root runs for programs which ask over its socket.</summary>
[Platform("Linux")]
[SupportedOSPlatform("linux")]
[CancelAfter(60_000)]
public sealed class SudoServerTests : IAsyncDisposable
{
    private readonly SudoBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Test]
    public async Task Command_has_the_streams_the_directory_and_the_exit_code_of_the_program(CancellationToken token)
    {
        var (end, output, error) = await _bench.RunAsync(
            _bench.Ask("-n", "A=b c", "sh", "-c", "id -u; pwd; cat; echo $A$MINE.$SUDO_USER; echo problem >&2; ls /proc/self/fd | wc -l; exit 42"),
            token,
            "input\n");

        output.Should().Be($"0\n{_bench.Folder.Root}\ninput\nb c.root\n4\n");
        error.Should().Be("problem\n");
        (end.Kind, end.Number).Should().Be((SudoMessageKind.Exited, 42));
    }

    [Test]
    public async Task Other_user_has_ids_groups_and_home_and_may_be_in_a_closed_directory(CancellationToken token)
    {
        File.SetUnixFileMode(_bench.Folder.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var (end, output, error) = await _bench.RunAsync(
            _bench.Ask("-u", "nobody", "A=it's", "sh", "-c", "id -un; pwd; echo $HOME $SUDO_UID; ls; echo $A"), token);

        error.Should().StartWith("ls: ");
        output.Split('\n')[..2].Should().Equal("nobody", _bench.Folder.Root);
        output.Split('\n')[2].Should().EndWith(" 0");
        output.Should().EndWith("it's\n");
        end.Number.Should().Be(0);
    }

    [Test]
    public async Task Signal_that_ends_the_command_is_reported(CancellationToken token)
    {
        var (end, _, _) = await _bench.RunAsync(_bench.Ask("sh", "-c", "kill -TERM $$"), token);

        (end.Kind, end.Number).Should().Be((SudoMessageKind.Killed, Signals.Terminate));
    }

    [Test]
    public async Task Signals_reach_the_process_group_of_the_command(CancellationToken token)
    {
        var (client, output) = Start("trap 'echo caught; exit 7' USR1; echo ready; while :; do sleep 0.01; done");
        using (output)
        {
            using var reader = new StreamReader(output);
            await reader.ReadLineAsync(token);

            client.Signal(Signals.User1);

            (await reader.ReadLineAsync(token)).Should().Be("caught");
            (await ReadEndAsync(client, token)).Number.Should().Be(7);
        }
    }

    [Test]
    public async Task Command_and_its_session_are_killed_when_the_program_has_gone(CancellationToken token)
    {
        var (client, output) = Start("set -m; sleep 1000000 & echo $! $$; exec sleep 1000000");
        using (output)
        {
            using var reader = new StreamReader(output);
            var processes = (await reader.ReadLineAsync(token))!.Split(' ').Select(int.Parse).ToArray();

            client.Dispose();

            // The pipe has no writer when both have ended.
            (await reader.ReadToEndAsync(token)).Should().BeEmpty();
            await _bench.StopAsync();
            processes.Where(id => ProcessStat.Read(id) is not null).Should().BeEmpty();
        }
    }

    [Test]
    public async Task Command_is_stopped_and_goes_on(CancellationToken token)
    {
        var (client, output) = Start("echo ready; exec sleep 1000000");
        using (output)
        {
            using var reader = new StreamReader(output);
            var started = await client.ReadAsync(token);
            await reader.ReadLineAsync(token);

            client.Signal(Signals.TerminalStop);
            (await client.ReadAsync(token)).Kind.Should().Be(SudoMessageKind.Stopped);
            while (ProcessStat.Read(started.Number)!.State != 'T') await Task.Yield();

            client.Signal(Signals.Continue);
            client.Signal(Signals.Interrupt);
            (await ReadEndAsync(client, token)).Number.Should().Be(Signals.Interrupt);
        }
    }

    [Test]
    public async Task Command_that_ignores_the_stop_goes_on(CancellationToken token)
    {
        var (client, output) = Start("trap '' TSTP; echo ready; exec sleep 1000000");
        using (output)
        {
            using var reader = new StreamReader(output);
            await client.ReadAsync(token);
            await reader.ReadLineAsync(token);

            client.Signal(Signals.TerminalStop);
            client.Signal(Signals.Terminate);

            (await client.ReadAsync(token)).Kind.Should().Be(SudoMessageKind.Killed);
        }
    }

    [Test]
    public async Task Background_program_of_an_ended_command_stays(CancellationToken token)
    {
        var (end, output, _) = await _bench.RunAsync(_bench.Ask("sh", "-c", "sleep 1000000 >/dev/null 2>&1 & echo $!"), token);

        end.Number.Should().Be(0);
        await _bench.StopAsync();
        var process = int.Parse(output, System.Globalization.CultureInfo.InvariantCulture);
        ProcessStat.Read(process).Should().NotBeNull();
        LibC.Signal(process, Signals.Kill);
    }

    [Test]
    public async Task Terminal_becomes_the_controlling_one_of_the_command(CancellationToken token)
    {
        using var terminal = PseudoTerminal.Open(80, 24, owner: null);
        using var output = new AnonymousPipeServerStream(PipeDirection.In);
        var client = _bench.Connect();
        client.Send(
            (_bench.Ask("-u", "nobody", "sh", "-c", "tty </dev/tty; stat -c %U $(tty); stty size") with { HasTerminal = true }).Write(),
            terminal.Slave, output.ClientSafePipeHandle, terminal.Slave);
        output.DisposeLocalCopyOfClientHandle();

        using var reader = new StreamReader(output);
        (await reader.ReadToEndAsync(token)).Should().Be("/dev/tty\nnobody\n24 80\n");
    }

    [Test]
    public async Task Shells_are_found_and_get_the_words_quoted(CancellationToken token)
    {
        var shell = _bench.Ask("-s", "echo", "a b", "$SHELL") with { Variables = ["SHELL=/bin/sh"] };
        (await _bench.RunAsync(shell, token)).Output.Should().Be("a b /bin/bash\n");
        (await _bench.RunAsync(_bench.Ask("-i", "pwd; echo $0"), token)).Error.Should().Contain("pwd");
        (await _bench.RunAsync(_bench.Ask("-i", "pwd"), token)).Output.Should().Be("/root\n");
    }

    [Test]
    public async Task Questions_are_answered(CancellationToken token)
    {
        using var nothing = MemoryFile.Create("nothing", []);
        (await AnswerAsync("-v")).Should().Be("");
        (await AnswerAsync("-l")).Should().Contain("(ALL) NOPASSWD: ALL");
        (await AnswerAsync("-l", "sh", "-c")).Should().MatchRegex("^/.*bin/sh -c\n$");

        async Task<string> AnswerAsync(params string[] words)
        {
            var client = _bench.Connect();
            client.Send(_bench.Ask(words).Write(), nothing, nothing, nothing);
            var answer = await client.ReadAsync(token);
            answer.Kind.Should().Be(SudoMessageKind.Answered);
            return answer.Text;
        }
    }

    [TestCase("no-such-command", "no-such-command: command not found")]
    [TestCase("./no-such-file", "./no-such-file: command not found")]
    [TestCase("/etc/passwd", "*may not be executed")]
    [TestCase("-u no-such-user id", "unknown user no-such-user")]
    [TestCase("-u #4294967290 id", "unknown user #4294967290")]
    public async Task What_cannot_be_started_is_named(string words, string message, CancellationToken token)
    {
        var (end, _, _) = await _bench.RunAsync(_bench.Ask(words.Split(' ')), token);

        end.Kind.Should().Be(SudoMessageKind.Refused);
        end.Text.Should().Match(message);
    }

    [Test]
    public async Task Directory_that_does_not_exist_is_named(CancellationToken token)
    {
        var (end, _, _) = await _bench.RunAsync(_bench.Ask("id") with { Directory = "/no/such" }, token);

        end.Text.Should().Be("the working directory '/no/such' does not exist");
    }

    [Test]
    public async Task Commands_are_limited_as_those_of_the_sandbox(CancellationToken token)
    {
        await using var bench = new SudoBench(new LocalSandboxOptions { CommandProcessLimit = 1 });

        var (_, output, error) = await bench.RunAsync(bench.Ask("-u", "nobody", "sh", "-c", "echo begun; (:); echo all"), token);

        output.Should().Be("begun\n");
        error.Should().Contain("fork");
    }

    private (SudoClient Client, AnonymousPipeServerStream Output) Start(string script)
    {
        using var nothing = MemoryFile.Create("nothing", []);
        var output = new AnonymousPipeServerStream(PipeDirection.In);
        var client = _bench.Connect();
        client.Send(_bench.Ask("sh", "-c", script).Write(), nothing, output.ClientSafePipeHandle, nothing);
        output.DisposeLocalCopyOfClientHandle();
        return (client, output);
    }

    private static async Task<SudoMessage> ReadEndAsync(SudoClient client, CancellationToken token)
    {
        while (true)
        {
            var message = await client.ReadAsync(token);
            if (message.Kind is SudoMessageKind.Exited or SudoMessageKind.Killed) return message;
        }
    }
}
