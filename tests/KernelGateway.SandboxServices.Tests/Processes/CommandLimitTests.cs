using System.Globalization;
using FluentAssertions;
using KernelGateway.Processes.Native;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Processes;

/// <summary>Limits of memory and processes of commands.</summary>
[CancelAfter(60_000)]
public sealed class CommandLimitTests
{
    private const long Mebibyte = 1 << 20;
    private const string TakeMemory =
        "exec /usr/bin/python3 -c \"kept = [b'x' * (32 << 20) for _ in range(64)]; print('got all')\"";

    // At most 200 programs that wait for the end of their input.
    private const string TakeProcesses =
        """
        exec /usr/bin/python3 -c "
        import errno, subprocess
        started, error = [], 0
        try:
            for _ in range(200): started.append(subprocess.Popen(['cat'], stdin=subprocess.PIPE))
        except OSError as refusal: error = refusal.errno
        print(len(started), errno.errorcode.get(error))
        for process in started: process.stdin.close()
        for process in started: process.wait()"
        """;

    [Test]
    public async Task Command_that_needs_more_memory_than_its_group_may_have_is_killed_with_that_reason(CancellationToken token)
    {
        var options = new SandboxProcessesOptions { MemoryLimit = 100 * Mebibyte };
        await using (var bench = Start(options))
        {
            var (output, end) = await bench.RunAsync(TakeMemory, token);

            output.Output.Should().BeEmpty();
            end.Should().BeEquivalentTo(new
            {
                Signal = 9,
                StatusText = "signal: killed",
                WasOutOfMemory = true,
                ExceededMemoryLimit = 100 * Mebibyte,
                Error = "signal: killed (it needed more memory than its limit of 100 MiB)",
            });
            (await bench.RunAsync("echo alive", token)).Output.Output.Should().Be("alive\n", "another command has memory of its own");
        }
    }

    [Test]
    public async Task Shell_whose_program_was_killed_for_memory_ends_with_that_reason(CancellationToken token)
    {
        await using var bench = Start(new SandboxProcessesOptions { MemoryLimit = 100 * Mebibyte });

        var (_, end) = await bench.RunAsync($"({TakeMemory}); exit $?", token);

        // In version 2 the whole group is killed.
        end.WasOutOfMemory.Should().BeTrue();
        end.Error.Should().EndWith("(it needed more memory than its limit of 100 MiB)");
    }

    [Test]
    public async Task Kill_that_is_not_for_memory_has_no_such_reason(CancellationToken token)
    {
        await using var bench = Start(new SandboxProcessesOptions { MemoryLimit = 100 * Mebibyte });

        var (_, end) = await bench.RunAsync("kill -9 $$", token);

        end.Should().BeEquivalentTo(new { Signal = 9, WasOutOfMemory = false, ExceededMemoryLimit = (long?)null, Error = "signal: killed" });
    }

    [Test]
    public async Task Command_may_not_have_more_processes_than_its_group(CancellationToken token)
    {
        await using var bench = Start(new SandboxProcessesOptions { ProcessLimit = 64 });

        (await bench.RunAsync(TakeProcesses, token)).Output.Output.Should().Be("63 EAGAIN\n");
    }

    [Test]
    public async Task Command_of_another_user_and_a_terminal_are_limited_too(CancellationToken token)
    {
        await using var bench = Start(new SandboxProcessesOptions { ProcessLimit = 64 });
        var nobody = bench.Folder.FilesOfNobody().User;

        (await bench.RunAsync(TakeProcesses, token, options => options with { User = nobody })).Output.Output.Should().Be("63 EAGAIN\n");

        var (output, _) = await bench.RunAsync(
            $"tty -s && {TakeProcesses}", token, options => options with { Terminal = new TerminalSize(80, 24) });
        output.Terminal.Should().Be("63 EAGAIN\r\n");
    }

    [Test]
    public async Task Limited_command_has_exactly_its_variables_arguments_and_descriptors(CancellationToken token)
    {
        const string Hostile = "it's \"$HOME\" `x`\nline";
        const string Report =
            "import os, sys; print(sys.argv[1:], sorted(os.environ.items()), os.getcwd(), sorted(os.listdir('/proc/self/fd')))";
        await using var bench = Start(new SandboxProcessesOptions { ProcessLimit = 64 });
        await using var unlimited = new ProcessBench();
        ProcessStartOptions Change(ProcessStartOptions options) => options with
        {
            User = bench.Folder.User,
            Command = "/usr/bin/python3",
            Arguments = ["-I", "-c", Report, Hostile, "--"],
            Variables = new Dictionary<string, string>
            {
                ["QUOTE"] = Hostile, ["odd-name"] = "odd", ["SHLVL"] = "7", ["PWD"] = "/odd", ["n"] = "1",
            },
        };

        var plain = await unlimited.RunAsync("", token, Change);
        var limited = await bench.RunAsync("", token, Change);

        limited.Output.Error.Should().BeEmpty();
        limited.Output.Output.Should().Be(plain.Output.Output).And.Contain("odd-name");
    }

    [Test]
    public async Task Group_goes_with_the_last_process_of_the_command(CancellationToken token)
    {
        await using var bench = Start(new SandboxProcessesOptions { ProcessLimit = 64 });
        var (output, _) = await bench.RunAsync(
            "sleep 1000 < /dev/null > /dev/null 2>&1 & grep -h kernel-gateway /proc/self/cgroup; echo $!", token);
        var lines = output.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var group = Path.GetFileName(lines[0]);
        ListGroups(group).Should().NotBeEmpty("a process is in it");

        LibC.Signal(int.Parse(lines[^1], CultureInfo.InvariantCulture), Signals.Kill).Should().BeTrue();

        SpinWait.SpinUntil(() => ListGroups(group).Length == 0, TimeSpan.FromSeconds(20));
        ListGroups(group).Should().BeEmpty();
    }

    [Test]
    public async Task Disposal_leaves_no_group(CancellationToken token)
    {
        var bench = Start(new SandboxProcessesOptions { ProcessLimit = 64, MemoryLimit = 100 * Mebibyte });
        var groups = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var process = await bench.StartAsync("sleep 1000 & grep -h kernel-gateway /proc/self/cgroup; echo ready; wait", token);
            await using var reader = new OutputCursor(process, token);
            groups.Add(Path.GetFileName((await reader.ReadUntilAsync("ready\n")).Split('\n')[0]));
        }

        ListGroups([.. groups]).Should().NotBeEmpty();

        await bench.DisposeAsync();

        ListGroups([.. groups]).Should().BeEmpty();
    }

    [Test]
    public async Task Without_groups_the_address_space_is_limited_and_the_program_gets_an_error(CancellationToken token)
    {
        await using var bench = new ProcessBench(new SandboxProcessesOptions { MemoryLimit = 500 * Mebibyte, UsesControlGroups = false });

        var (output, end) = await bench.RunAsync(TakeMemory, token);

        end.ExitCode.Should().Be(1);
        output.Error.Should().Contain("MemoryError");
    }

    [Test]
    public async Task Command_is_killed_for_memory_before_the_service(CancellationToken token)
    {
        await using var bench = new ProcessBench();
        var process = await bench.StartAsync("read line; cat /proc/self/oom_score_adj", token, options => options with { HasInput = true });

        await ProcessBench.WriteAsync(process, "go\n", token);

        var output = await ProcessBench.ReadToEndAsync(process, token);
        output.Output.Should().Be($"{Math.Min(OutOfMemoryScore.Read("self")!.Value + OutOfMemoryScore.Difference, 1000)}\n");
    }

    [TestCase(16 * Mebibyte - 1, 1, "*less than 16 MiB*")]
    [TestCase(16 * Mebibyte, 0, "*less than 1.*")]
    public void Limits_that_nothing_can_run_under_are_refused(long memory, int processes, string message) =>
        FluentActions.Invoking(() => new SandboxProcesses(new SandboxProcessesOptions { MemoryLimit = memory, ProcessLimit = processes }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);

    private static ProcessBench Start(SandboxProcessesOptions options)
    {
        if (CommandLimits.Create(options)?.Description?.Contains("by a control group", StringComparison.Ordinal) != true)
            Assert.Ignore("This user may not make control groups with limits on this machine.");
        return new ProcessBench(options);
    }

    private static string[] ListGroups(params string[] names)
    {
        while (true)
        {
            try
            {
                var groups = Directory.GetDirectories("/sys/fs/cgroup", "kernel-gateway-*", SearchOption.AllDirectories);
                return [.. groups.Where(path => names.Contains(Path.GetFileName(path)))];
            }
            catch (DirectoryNotFoundException)
            {
                // Another service has removed a group during the search.
            }
        }
    }
}
