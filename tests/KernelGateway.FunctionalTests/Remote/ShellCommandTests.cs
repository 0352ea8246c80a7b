using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Processes;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Remote;

/// <summary><c>kernel-gateway shell</c>, and the progress of <c>cp</c>, in a terminal of this machine.</summary>
public sealed class ShellCommandTests : RemoteTests
{
    private static readonly string[] PlainShell = ["--", "bash", "--noprofile", "--norc", "-i"];

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Shell_has_the_size_of_the_terminal_and_follows_it(CancellationToken cancellationToken)
    {
        await using var sandbox = new LocalSandbox();
        await using var terminal = await OpenAsync(sandbox, ["shell", .. PlainShell], cancellationToken);

        await terminal.TypeAsync("stty size; echo do''ne\n");
        (await terminal.ReadUntilAsync("done\r\n")).Should().Contain("24 80\r\n");
        terminal.Process.Resize(new TerminalSize(101, 42));
        await terminal.TypeAsync("until [ \"$(stty size)\" = '42 101' ]; do :; done; echo fol''lowed\n");
        await terminal.ReadUntilAsync("followed\r\n");
        await terminal.TypeAsync("exit 7\n");

        (await terminal.EndAsync()).ExitCode.Should().Be(7);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Keys_go_to_the_remote_terminal_and_ctrl_c_interrupts_there(CancellationToken cancellationToken)
    {
        await using var sandbox = new LocalSandbox();
        await using var terminal = await OpenAsync(
            sandbox, ["shell", "--cwd", RemoteDirectory, .. PlainShell], cancellationToken);

        await terminal.TypeAsync("pwd; bash -c 'echo star''ted; exec sleep 1000'\n");
        (await terminal.ReadUntilAsync("started\r\n")).Should().Contain(RemoteDirectory);
        await terminal.TypeAsync("\u0003");
        await terminal.TypeAsync("echo code $?\n");
        await terminal.ReadUntilAsync("code 130\r\n");
        await terminal.TypeAsync("\u0004");

        (await terminal.EndAsync()).IsExited.Should().BeTrue("Ctrl+D ends the shell");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Local_terminal_has_its_settings_again_afterwards(CancellationToken cancellationToken)
    {
        await using var sandbox = new LocalSandbox();
        var command = $"before=$(stty -g); dotnet '{Command}' shell -- true; [ \"$before\" = \"$(stty -g)\" ] && echo the same";

        await using var terminal = await StartAsync(sandbox, cancellationToken, "bash", "-c", command);

        (await terminal.ReadUntilAsync("the same\r\n")).Should().NotContain("kernel-gateway:");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Login_shell_is_started_without_a_command(CancellationToken cancellationToken)
    {
        await using var sandbox = new LocalSandbox();
        await using var terminal = await OpenAsync(sandbox, ["shell"], cancellationToken);

        await terminal.TypeAsync("shopt -q login_shell && echo lo''gin; exit\n");

        await terminal.ReadUntilAsync("login\r\n");
        (await terminal.EndAsync()).ExitCode.Should().Be(0);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Shell_without_a_terminal_is_refused(CancellationToken cancellationToken)
    {
        var (exitCode, _, error) = await RunAsync(cancellationToken, "shell");

        exitCode.Should().Be(2);
        error.Should().Contain("needs a terminal");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Copy_of_a_large_file_shows_its_progress_in_a_terminal(CancellationToken cancellationToken)
    {
        await using (var large = File.Create(LocalPath("large"))) large.SetLength(40 * 1024 * 1024);
        await using var sandbox = new LocalSandbox();
        await using var terminal = await OpenAsync(sandbox, ["cp", "large", $":{RemotePath("large")}"], cancellationToken);

        await terminal.ReadUntilAsync("large: 40.0 of 40.0 MiB, 100 %\r\n");

        (await terminal.EndAsync()).ExitCode.Should().Be(0);
        new FileInfo(RemotePath("large")).Length.Should().Be(40 * 1024 * 1024);
    }

    private static string Command => Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll");

    private Task<OpenTerminal> OpenAsync(LocalSandbox sandbox, string[] arguments, CancellationToken cancellationToken) =>
        StartAsync(sandbox, cancellationToken, ["dotnet", Command, .. arguments]);

    private Task<OpenTerminal> StartAsync(LocalSandbox sandbox, CancellationToken cancellationToken, params string[] command) =>
        OpenTerminal.StartAsync(sandbox, LocalDirectory, Environment, cancellationToken, command);
}
