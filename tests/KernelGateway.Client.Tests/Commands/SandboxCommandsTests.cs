using System.Threading.Channels;
using FluentAssertions;
using KernelGateway.Client.Tests.Support;
using KernelGateway.Sandboxes;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Commands;

[Platform("Linux", Reason = "The services of a sandbox are for Linux.")]
public sealed class SandboxCommandsTests
{
    [Test]
    public async Task Command_is_run_to_its_end()
    {
        await using var server = await ServedSandbox.StartAsync();
        var options = new CommandStartOptions { Envs = new Dictionary<string, string> { ["WHO"] = "wörld" }, Cwd = "/" };

        var outcome = await server.Sandbox.Commands.RunAsync("echo hello $WHO from $(pwd); echo problem >&2", options);

        outcome.Should().Be(new CommandOutcome("hello wörld from /\n", "problem\n", 0));
    }

    [Test]
    public async Task Exit_code_other_than_0_is_an_exception_with_the_output()
    {
        await using var server = await ServedSandbox.StartAsync();

        var failure = await server.Sandbox.Commands.Invoking(commands => commands.RunAsync("echo out; echo err >&2; exit 3"))
            .Should().ThrowAsync<CommandExitException>();

        failure.Which.Should().BeEquivalentTo(new { ExitCode = 3, Stdout = "out\n", Stderr = "err\n", Message = "exit status 3" });
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Output_is_streamed_to_callbacks_and_readers(CancellationToken cancellationToken)
    {
        await using var server = await ServedSandbox.StartAsync();
        var lines = Channel.CreateUnbounded<string>();
        var options = new CommandStartOptions { Stdin = true, OnStdout = Write, OnStderr = Write };
        await using var command = await server.Sandbox.Commands.StartAsync("echo one; read line; echo $line >&2", options, cancellationToken);

        var first = await lines.Reader.ReadAsync(cancellationToken);
        command.ExitCode.Should().BeNull();
        await command.SendStdinAsync("two\n", cancellationToken);
        var second = await lines.Reader.ReadAsync(cancellationToken);
        var outcome = await command.WaitAsync(cancellationToken);
        var read = new List<CommandOutput>();
        await foreach (var chunk in command.ReadOutputAsync(cancellationToken)) read.Add(chunk);

        (first, second).Should().Be(("one\n", "two\n"));
        read.Should().Equal(new CommandOutput("one\n", false), new CommandOutput("two\n", true));
        outcome.Should().Be(new CommandOutcome("one\n", "two\n", 0));
        (command.Stdout, command.Stderr, command.ExitCode, command.Error).Should().Be(("one\n", "two\n", 0, null));

        void Write(string text) => lines.Writer.TryWrite(text);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Characters_that_are_split_between_chunks_stay_whole(CancellationToken cancellationToken)
    {
        await using var server = await ServedSandbox.StartAsync();
        var seen = Channel.CreateUnbounded<string>();
        await using var command = await server.Sandbox.Commands.StartAsync(
            @"printf 'a\303'; read line; printf '\244\377'", new() { Stdin = true, OnStdout = text => seen.Writer.TryWrite(text) }, cancellationToken);

        (await seen.Reader.ReadAsync(cancellationToken)).Should().Be("a");
        await command.SendStdinAsync("\n", cancellationToken);

        (await command.WaitAsync(cancellationToken)).Stdout.Should().Be("aä\uFFFD");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Standard_input_is_closed(CancellationToken cancellationToken)
    {
        await using var server = await ServedSandbox.StartAsync();
        var commands = server.Sandbox.Commands;
        await using var command = await commands.StartAsync("cat", new() { Stdin = true }, cancellationToken);

        await commands.SendStdinAsync(command.Pid, "by id ", cancellationToken);
        await commands.SendStdinAsync(command.Pid, "and bytes"u8.ToArray(), cancellationToken);
        await command.CloseStdinAsync(cancellationToken);

        (await command.WaitAsync(cancellationToken)).Stdout.Should().Be("by id and bytes");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Command_is_killed(CancellationToken cancellationToken)
    {
        await using var server = await ServedSandbox.StartAsync();
        await using var command = await server.Sandbox.Commands.StartAsync("exec sleep 1000", cancellationToken: cancellationToken);

        (await command.KillAsync(cancellationToken)).Should().BeTrue();
        var failure = await command.Invoking(handle => handle.WaitAsync(cancellationToken)).Should().ThrowAsync<CommandExitException>();

        failure.Which.Outcome.Should().Be(new CommandOutcome("", "", -1) { Error = "signal: killed" });
        (await server.Sandbox.Commands.KillAsync(command.Pid, cancellationToken)).Should().BeFalse();
        (await server.Sandbox.Commands.KillAsync(1 << 22, cancellationToken)).Should().BeFalse();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Handle_is_disconnected_and_another_connects(CancellationToken cancellationToken)
    {
        await using var server = await ServedSandbox.StartAsync();
        var commands = server.Sandbox.Commands;
        await using var first = await commands.StartAsync("read line; echo got $line", new() { Stdin = true }, cancellationToken);
        (await commands.ListAsync(cancellationToken)).Should().ContainSingle(process => process.Pid == first.Pid)
            .Which.Should().BeEquivalentTo(new { Cmd = "/bin/bash", Args = new[] { "-l", "-c", "read line; echo got $line" } });

        await first.DisconnectAsync();
        await using var second = await commands.ConnectAsync(first.Pid, cancellationToken: cancellationToken);
        await second.SendStdinAsync("it\n", cancellationToken);

        (await second.WaitAsync(cancellationToken)).Stdout.Should().Be("got it\n");
        await first.Invoking(handle => handle.WaitAsync(cancellationToken)).Should().ThrowAsync<SandboxException>().WithMessage("*was disconnected*");
        await commands.Invoking(all => all.ConnectAsync(1 << 22, cancellationToken: cancellationToken)).Should().ThrowAsync<SandboxProcessNotFoundException>();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Exception_of_a_callback_reaches_who_waits(CancellationToken cancellationToken)
    {
        await using var server = await ServedSandbox.StartAsync();
        var options = new CommandStartOptions { OnStdout = _ => throw new InvalidOperationException("thrown by the callback") };

        await server.Sandbox.Commands.Invoking(commands => commands.RunAsync("echo a", options, cancellationToken))
            .Should().ThrowAsync<InvalidOperationException>().WithMessage("thrown by the callback");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Time_limit_kills_the_command(CancellationToken cancellationToken)
    {
        await using var server = await ServedSandbox.StartAsync();
        var commands = server.Sandbox.Commands;

        await commands.Invoking(all => all.RunAsync("exec sleep 1000", new() { Timeout = TimeSpan.FromSeconds(1) }, cancellationToken))
            .Should().ThrowAsync<SandboxTimeoutException>();

        while ((await commands.ListAsync(cancellationToken)).Count > 0) await Task.Yield();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Cancellation_kills_the_command(CancellationToken cancellationToken)
    {
        await using var server = await ServedSandbox.StartAsync();
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var options = new CommandStartOptions { OnStdout = _ => cancelled.Cancel() };

        await server.Sandbox.Commands.Invoking(commands => commands.RunAsync("echo up; exec sleep 1000", options, cancelled.Token))
            .Should().ThrowAsync<OperationCanceledException>();

        while ((await server.Sandbox.Commands.ListAsync(cancellationToken)).Count > 0) await Task.Yield();
    }

    [Test]
    public async Task What_cannot_be_started_is_refused()
    {
        await using var server = await ServedSandbox.StartAsync();
        var commands = server.Sandbox.Commands;

        await commands.Invoking(all => all.RunAsync("true", new() { Cwd = "/does/not/exist" })).Should().ThrowAsync<SandboxArgumentException>();
        await commands.Invoking(all => all.RunAsync("true", new() { User = "nobody-has-this-name" })).Should().ThrowAsync<SandboxAuthenticationException>();
        await commands.Invoking(all => all.RunAsync("true", new() { Timeout = TimeSpan.FromSeconds(-2) })).Should().ThrowAsync<ArgumentOutOfRangeException>();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Tools_run_commands_by_the_common_interface(CancellationToken cancellationToken)
    {
        await using var server = await ServedSandbox.StartAsync();
        ISandboxCommands commands = server.Sandbox.Commands;
        var options = new CommandOptions { WorkingDirectory = "/", EnvironmentVariables = new Dictionary<string, string> { ["A"] = "b" } };

        var outcome = await commands.RunAsync("echo $A $(pwd); exit 2", options, cancellationToken);
        var limited = await commands.RunAsync("exec sleep 1000", new() { Timeout = TimeSpan.FromSeconds(1) }, cancellationToken);

        outcome.Should().Be(new CommandOutcome("b /\n", "", 2) { Error = "exit status 2" });
        limited.Should().Be(new CommandOutcome("", "", -1) { Error = "signal: killed", WasTimeLimit = true });
    }
}
