using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests;

[CancelAfter(60_000)]
public sealed class LocalSandboxTests
{
    [Test]
    public async Task Files_and_commands_share_the_default_directory(CancellationToken token)
    {
        using var folder = new TemporaryFolder();
        await using var sandbox = new LocalSandbox(new LocalSandboxOptions { WorkingDirectory = folder.Root });
        await sandbox.Files.WriteAsync(folder.PathOf("a.txt"), TemporaryFolder.Content("one\ntwo\n"), cancellationToken: token);

        var counted = await sandbox.Commands.RunAsync("wc -l < a.txt", token);
        var listed = await sandbox.Files.ListAsync("", cancellationToken: token);

        counted.Output.Trim().Should().Be("2");
        listed.Select(entry => entry.Name).Should().Equal("a.txt");
    }

    [Test]
    public async Task Result_of_a_command_has_output_errors_and_exit_code(CancellationToken token)
    {
        await using var sandbox = new LocalSandbox();

        var result = await sandbox.Commands.RunAsync("cat; echo out; echo err >&2; exit 3", token);

        result.Should().BeEquivalentTo(new { Output = "out\n", Error = "err\n", ExitCode = 3 });
    }

    [Test]
    public async Task Command_whose_run_is_cancelled_is_killed(CancellationToken token)
    {
        await using var sandbox = new LocalSandbox();
        using var source = CancellationTokenSource.CreateLinkedTokenSource(token);
        var running = sandbox.Commands.RunAsync("sleep 1000", source.Token);
        var process = sandbox.Commands.List().Should().ContainSingle().Which;

        await source.CancelAsync();

        await running.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        (await process.Ended.WaitAsync(token)).Signal.Should().Be(9);
    }

    [Test]
    public async Task Commands_and_terminals_are_listed_apart(CancellationToken token)
    {
        using var folder = new TemporaryFolder();
        await using var sandbox = new LocalSandbox(new LocalSandboxOptions { WorkingDirectory = folder.Root });
        var command = await sandbox.Commands.StartAsync(new ProcessStartOptions { Command = "cat" }, token);
        var terminal = await sandbox.Terminals.StartAsync(new ProcessStartOptions { Command = "cat" }, token);

        sandbox.Commands.List().Should().Equal(command);
        sandbox.Terminals.List().Should().Equal(terminal);
        sandbox.Processes.List().Should().Equal(command, terminal);
    }

    [Test]
    public async Task Terminal_has_a_size_and_a_kind_unless_they_are_given(CancellationToken token)
    {
        using var folder = new TemporaryFolder();
        await using var sandbox = new LocalSandbox(new LocalSandboxOptions { WorkingDirectory = folder.Root });

        var terminal = await sandbox.Terminals.StartAsync(
            new ProcessStartOptions
            {
                Command = "/bin/sh",
                Arguments = ["-c", "stty size; echo $TERM $LANG"],
                Variables = new Dictionary<string, string> { ["TERM"] = "dumb" },
            },
            token);
        var output = await ProcessBench.ReadToEndAsync(terminal, token);

        output.Terminal.Should().Be("24 80\r\ndumb C.UTF-8\r\n");
    }

    [Test]
    public async Task Command_in_a_terminal_is_refused_where_pipes_are_expected(CancellationToken token)
    {
        await using var sandbox = new LocalSandbox();

        var start = () => sandbox.Commands.StartAsync(
            new ProcessStartOptions { Command = "true", Terminal = new TerminalSize(80, 24) }, token);

        await start.Should().ThrowAsync<ArgumentException>();
    }

    [Test]
    public async Task Owner_gives_its_present_variables_and_its_directory(CancellationToken token)
    {
        using var folder = new TemporaryFolder();
        await using var owner = new ProcessOwner(folder.Root) { Variables = new() { ["GIVEN"] = "before" } };

        var before = await owner.Commands.RunAsync("echo $GIVEN $PWD", token);
        owner.Variables = new() { ["GIVEN"] = "after" };
        var after = await owner.Commands.RunAsync("echo $GIVEN", token);

        before.Output.Should().Be($"before {folder.Root}\n");
        after.Output.Should().Be("after\n");
    }

    [Test]
    public async Task Attached_sandbox_is_the_one_that_is_used_and_its_variables_win(CancellationToken token)
    {
        using var folder = new TemporaryFolder();
        await using var owner = new ProcessOwner(folder.Root) { Variables = new() { ["FIRST"] = "owner", ["SECOND"] = "owner" } };
        var sandbox = new LocalSandbox(new LocalSandboxOptions
        {
            Variables = new Dictionary<string, string> { ["SECOND"] = "sandbox" },
        });

        owner.AttachSandbox(sandbox).Should().BeSameAs(sandbox);
        var result = await owner.Commands.RunAsync("echo $FIRST $SECOND", token);

        owner.Sandbox.Should().BeSameAs(sandbox);
        result.Output.Should().Be("owner sandbox\n");
    }

    [Test]
    public async Task Sandbox_is_not_replaced_once_it_is_used()
    {
        using var folder = new TemporaryFolder();
        await using var owner = new ProcessOwner(folder.Root);
        await using var other = new LocalSandbox();
        var used = owner.Sandbox;

        owner.Invoking(self => self.AttachSandbox(other)).Should().Throw<InvalidOperationException>();

        owner.Sandbox.Should().BeSameAs(used);
    }

    [Test]
    public async Task Disposal_kills_commands_and_terminals_and_refuses_new_ones(CancellationToken token)
    {
        using var folder = new TemporaryFolder();
        var sandbox = new LocalSandbox(new LocalSandboxOptions { WorkingDirectory = folder.Root });
        var command = await sandbox.Commands.StartAsync(new ProcessStartOptions { Command = "cat" }, token);
        var terminal = await sandbox.Terminals.StartAsync(new ProcessStartOptions { Command = "cat" }, token);

        await sandbox.DisposeAsync();
        await sandbox.DisposeAsync();

        (await command.Ended.WaitAsync(token)).Signal.Should().Be(9);
        (await terminal.Ended.WaitAsync(token)).Signal.Should().Be(9);
        await sandbox.Invoking(self => self.Commands.RunAsync("true", token)).Should().ThrowAsync<ObjectDisposedException>();
        await sandbox.Invoking(self => self.Watcher.WatchAsync(self.Files, "", cancellationToken: token))
            .Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    public void Option_that_cannot_be_used_is_named()
    {
        Creating(new LocalSandboxOptions { WorkingDirectory = "work" })
            .Should().Throw<ArgumentException>().WithMessage("WorkingDirectory:*");
        Creating(new LocalSandboxOptions { DefaultUser = "nobody of that name" })
            .Should().Throw<ArgumentException>().WithMessage("DefaultUser:*nobody of that name*");
        Creating(new LocalSandboxOptions { FilesAs = (FileRights)9 })
            .Should().Throw<ArgumentException>().WithMessage("FilesAs:*");
    }

    private static Action Creating(LocalSandboxOptions options) => () => _ = new LocalSandbox(options);
}
