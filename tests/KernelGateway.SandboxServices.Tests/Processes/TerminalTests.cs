using System.Text;
using FluentAssertions;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Processes;

/// <summary>Processes in terminals.</summary>
[CancelAfter(60_000)]
public sealed class TerminalTests : IAsyncDisposable
{
    private readonly ProcessBench _bench = new();

    [Test]
    public async Task Terminal_has_the_size_and_is_the_controlling_one(CancellationToken token)
    {
        var process = await _bench.StartTerminalAsync("stty size; tty; tty < /dev/tty; test -t 0 -a -t 1 -a -t 2 && echo all", token);

        var lines = (await ProcessBench.ReadToEndAsync(process, token)).Terminal.Split("\r\n");

        lines[0].Should().Be("24 80");
        lines[1].Should().StartWith("/dev/pts/");
        lines[2].Should().Be("/dev/tty");
        lines[3].Should().Be("all");
        (await process.Ended.WaitAsync(token)).StatusText.Should().Be("exit status 0");
    }

    [Test]
    public async Task Resize_reaches_the_program_as_a_signal(CancellationToken token)
    {
        var process = await _bench.StartTerminalAsync("trap 'stty size; exit' WINCH; echo ready; while :; do read -t 0.1 x; done", token);
        await using var reader = new OutputCursor(process, token);
        await reader.ReadUntilAsync("ready\r\n");

        process.Resize(new TerminalSize(132, 43));

        (await reader.ReadUntilAsync("\r\n")).Should().Be("43 132\r\n");
    }

    [Test]
    public async Task Interrupt_character_ends_the_foreground_program_and_not_the_shell(CancellationToken token)
    {
        await using var shell = await ShellAsync(token);

        await ProcessBench.WriteAsync(shell.Process, "sleep 1000\n", token);
        await WaitForForegroundAsync(shell.Process, "sleep", token);
        await ProcessBench.WriteAsync(shell.Process, "\x03", token);

        await shell.Reader.ReadUntilAsync("$ ");
        await shell.EnterAsync("echo still $((6*7))", "still 42");
    }

    [Test]
    public async Task Jobs_are_stopped_and_continued(CancellationToken token)
    {
        await using var shell = await ShellAsync(token);
        await ProcessBench.WriteAsync(shell.Process, "sleep 1000\n", token);
        await WaitForForegroundAsync(shell.Process, "sleep", token);

        await ProcessBench.WriteAsync(shell.Process, "\x1a", token);
        await shell.Reader.ReadUntilAsync("Stopped");
        await shell.EnterAsync("jobs | wc -l | sed 's/^ */count /'", "count 1");
        await shell.EnterAsync("kill -9 %1; fg; echo over", "over");
    }

    [Test]
    public async Task End_character_ends_the_shell(CancellationToken token)
    {
        await using var shell = await ShellAsync(token);

        await ProcessBench.WriteAsync(shell.Process, "\x04", token);

        (await shell.Process.Ended.WaitAsync(token)).StatusText.Should().Be("exit status 0");
    }

    [Test]
    public async Task Characters_are_whole_when_they_are_typed_byte_by_byte_and_erased(CancellationToken token)
    {
        var process = await _bench.StartTerminalAsync("stty -echo; echo ready; read line; echo \"<$line>\"", token);
        await using var reader = new OutputCursor(process, token);
        await reader.ReadUntilAsync("ready\r\n");

        // Backspace erases the second one as a whole.
        foreach (var value in Encoding.UTF8.GetBytes("€ü\x7f\n")) await process.WriteInputAsync(new[] { value }, token);

        (await reader.ReadUntilAsync("\r\n")).Should().Be("<€>\r\n");
    }

    [Test]
    public async Task Large_output_comes_in_pieces_and_whole(CancellationToken token)
    {
        var process = await _bench.StartTerminalAsync("seq 1 200000", token);
        var text = new MemoryStream();

        await foreach (var output in process.ReadOutputAsync(-1, token))
        {
            output.Kind.Should().Be(ProcessOutputKind.Terminal);
            output.Data.Length.Should().BeLessThanOrEqualTo(16 * 1024);
            text.Write(output.Data.Span);
        }

        Encoding.UTF8.GetString(text.ToArray()).Should().Be(string.Concat(Enumerable.Range(1, 200_000).Select(number => $"{number}\r\n")));
    }

    [Test]
    public async Task Large_input_waits_for_the_program(CancellationToken token)
    {
        var process = await _bench.StartTerminalAsync("stty raw -echo; echo ready; head -c 300000 | sha256sum", token);
        await using var reader = new OutputCursor(process, token);
        await reader.ReadUntilAsync("ready\n");
        var bytes = Enumerable.Range(0, 300_000).Select(number => (byte)('a' + number % 26)).ToArray();

        await process.WriteInputAsync(bytes, token);

        (await reader.ReadUntilAsync("-")).Should().Contain(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)));
    }

    [Test]
    public async Task Full_screen_program_can_be_used(CancellationToken token)
    {
        if (!File.Exists("/usr/bin/top")) Assert.Ignore("There is no top.");
        var process = await _bench.StartAsync("exec top", token, options => options with
        {
            Terminal = new TerminalSize(100, 30),
            Variables = new Dictionary<string, string> { ["TERM"] = "xterm-256color" },
        });
        await using var reader = new OutputCursor(process, token);
        await reader.ReadUntilAsync("PID");

        await ProcessBench.WriteAsync(process, "q", token);

        (await process.Ended.WaitAsync(token)).ExitCode.Should().Be(0);
    }

    [Test]
    public async Task Kill_of_the_shell_hangs_up_its_foreground_program(CancellationToken token)
    {
        await using var shell = await ShellAsync(token);
        await ProcessBench.WriteAsync(shell.Process, "sleep 1000\n", token);
        var program = await WaitForForegroundAsync(shell.Process, "sleep", token);

        shell.Process.Signal(9);

        (await shell.Process.Ended.WaitAsync(token)).Signal.Should().Be(9);
        SpinWait.SpinUntil(() => !Directory.Exists($"/proc/{program}") || token.IsCancellationRequested);
    }

    [Test]
    public async Task Operations_of_the_other_kind_are_refused(CancellationToken token)
    {
        var terminal = await _bench.StartTerminalAsync("sleep 1000", token);
        var pipes = await _bench.StartAsync("sleep 1000", token);

        (await terminal.Invoking(self => self.CloseInputAsync()).Should().ThrowAsync<SandboxProcessException>())
            .Which.Reason.Should().Be(ProcessErrorReason.NotAPipe);
        pipes.Invoking(self => self.Resize(new TerminalSize(1, 1))).Should().Throw<SandboxProcessException>()
            .Which.Reason.Should().Be(ProcessErrorReason.NotATerminal);
        terminal.Invoking(self => self.Resize(new TerminalSize(-1, 1))).Should().Throw<ArgumentOutOfRangeException>();
        terminal.IsTerminal.Should().BeTrue();
        pipes.IsTerminal.Should().BeFalse();
    }

    [Test]
    public async Task Terminal_of_a_process_that_has_ended_takes_nothing(CancellationToken token)
    {
        var terminal = await _bench.StartTerminalAsync("true", token);
        await terminal.Ended.WaitAsync(token);

        terminal.Invoking(self => self.Resize(new TerminalSize(1, 1))).Should().Throw<SandboxProcessException>()
            .Which.Reason.Should().Be(ProcessErrorReason.Ended);
        (await terminal.Invoking(self => ProcessBench.WriteAsync(self, "x", token)).Should().ThrowAsync<SandboxProcessException>())
            .Which.Reason.Should().Be(ProcessErrorReason.Ended);
    }

    private async Task<Shell> ShellAsync(CancellationToken token)
    {
        var process = await _bench.StartAsync("", token, options => options with
        {
            Arguments = ["--norc", "-i"],
            Terminal = new TerminalSize(80, 24),
            Variables = new Dictionary<string, string> { ["PS1"] = "$ ", ["TERM"] = "dumb" },
        });
        var shell = new Shell(process, new OutputCursor(process, token), token);
        await shell.Reader.ReadUntilAsync("$ ");
        return shell;
    }

    /// <summary>Waits until a program has the terminal; gives its id.</summary>
    private static async Task<int> WaitForForegroundAsync(SandboxProcess process, string name, CancellationToken token)
    {
        while (true)
        {
            token.ThrowIfCancellationRequested();
            // proc(5), /proc/(pid)/stat: the 8th field is the foreground group of the terminal.
            var stat = File.ReadAllText($"/proc/{process.ProcessId}/stat");
            var group = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[5], System.Globalization.CultureInfo.InvariantCulture);
            if (group > 0 && File.Exists($"/proc/{group}/comm") && File.ReadAllText($"/proc/{group}/comm").Trim() == name) return group;
            await Task.Yield();
        }
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private sealed class Shell(SandboxProcess process, OutputCursor reader, CancellationToken token) : IAsyncDisposable
    {
        public SandboxProcess Process { get; } = process;

        public OutputCursor Reader { get; } = reader;

        /// <summary>Enters a line and waits for a line of output.</summary>
        public async Task EnterAsync(string line, string expected)
        {
            await ProcessBench.WriteAsync(Process, line + "\n", token);
            await Reader.ReadUntilAsync($"\n{expected}\r\n");
        }

        public ValueTask DisposeAsync() => Reader.DisposeAsync();
    }
}
