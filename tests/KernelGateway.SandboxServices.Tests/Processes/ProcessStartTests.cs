using FluentAssertions;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Processes;

/// <summary>What a process gets, and starts that are refused.</summary>
[CancelAfter(60_000)]
public sealed class ProcessStartTests : IAsyncDisposable
{
    private readonly ProcessBench _bench = new();

    [Test]
    public async Task Output_errors_and_exit_code_come_as_they_are(CancellationToken token)
    {
        var (output, end) = await _bench.RunAsync("echo out; echo err >&2; exit 3", token);

        output.Output.Should().Be("out\n");
        output.Error.Should().Be("err\n");
        end.Should().BeEquivalentTo(new
        {
            ExitCode = 3,
            Signal = (int?)null,
            IsExited = true,
            StatusText = "exit status 3",
            Error = "exit status 3",
            WasTimeLimit = false,
        });
    }

    [Test]
    public async Task Success_has_no_error(CancellationToken token)
    {
        var (output, end) = await _bench.RunAsync("true", token);

        output.OutputBytes.Should().BeEmpty();
        end.Should().BeEquivalentTo(new { ExitCode = 0, IsExited = true, StatusText = "exit status 0", Error = (string?)null });
    }

    [Test]
    public async Task Environment_is_what_was_given_and_nothing_else(CancellationToken token)
    {
        _bench.Processes.Variables = new Dictionary<string, string> { ["E2B_SANDBOX"] = "true", ["A"] = "sandbox", ["B"] = "sandbox" };

        var (output, _) = await _bench.RunAsync("", token, options => options with
        {
            Command = "/usr/bin/env",
            Arguments = [],
            Variables = new Dictionary<string, string> { ["B"] = "command", ["odd-name"] = "x y", ["EMPTY"] = "" },
        });

        output.Output.TrimEnd('\n').Split('\n').Should().BeEquivalentTo(
            $"PATH={Environment.GetEnvironmentVariable("PATH")}", $"HOME={_bench.Folder.Root}", $"USER={_bench.Folder.User.Name}",
            $"LOGNAME={_bench.Folder.User.Name}", "E2B_SANDBOX=true", "A=sandbox", "B=command", "odd-name=x y", "EMPTY=");
    }

    [Test]
    public async Task Variables_of_a_command_win_over_those_of_the_service(CancellationToken token)
    {
        var (output, _) = await _bench.RunAsync("echo $HOME $USER", token, options => options with
        {
            Variables = new Dictionary<string, string> { ["HOME"] = "/elsewhere", ["USER"] = "somebody" },
        });

        output.Output.Should().Be("/elsewhere somebody\n");
    }

    [TestCase(null, ""), TestCase("", ""), TestCase("sub", "/sub"), TestCase("~/sub/../sub", "/sub"), TestCase("~", "")]
    public async Task Working_directory_follows_the_rules_of_paths(string? directory, string expected, CancellationToken token)
    {
        _bench.Folder.CreateFolder("sub");

        var (output, _) = await _bench.RunAsync("pwd", token, options => options with { WorkingDirectory = directory });

        output.Output.Should().Be($"{_bench.Folder.Root}{expected}\n");
    }

    [Test]
    public async Task Default_directory_of_the_service_comes_before_the_home(CancellationToken token)
    {
        await using var bench = new ProcessBench(new SandboxProcessesOptions { WorkingDirectory = "/usr" });

        (await bench.RunAsync("pwd", token)).Output.Output.Should().Be("/usr\n");
    }

    [Test]
    public async Task User_without_a_home_starts_at_the_root(CancellationToken token)
    {
        var (output, _) = await _bench.RunAsync("pwd; echo $HOME", token, options => options with
        {
            User = _bench.Folder.User with { Home = "/nonexistent" },
        });

        output.Output.Should().Be("/\n/nonexistent\n");
    }

    [Test]
    public async Task Missing_working_directory_is_named(CancellationToken token)
    {
        var error = await ErrorOfAsync(options => options with { WorkingDirectory = "no/such" }, token);

        error.Reason.Should().Be(ProcessErrorReason.WorkingDirectoryNotFound);
        error.Message.Should().Be($"cwd '{_bench.Folder.Root}/no/such' does not exist");
    }

    [TestCase("no-such-program", "*is in no directory of PATH*"), TestCase("./no-such-program", "*does not exist*"),
     TestCase("./plain", "*may not execute*"), TestCase("", "*"), TestCase("/", "*does not exist*"),
     TestCase("nul\0", "*NUL*")]
    public async Task Program_that_cannot_run_is_named(string command, string message, CancellationToken token)
    {
        _bench.Folder.Create("plain", "text");

        var error = await ErrorOfAsync(options => options with { Command = command }, token);

        error.Reason.Should().Be(ProcessErrorReason.StartFailed);
        error.Message.Should().Match(message);
        _bench.Processes.List().Should().BeEmpty();
    }

    [TestCase("#!/no/such/interpreter\n", "*its interpreter does not exist*"), TestCase("echo no first line\n", "*neither a binary*")]
    public async Task Script_that_the_system_cannot_run_is_refused(string content, string message, CancellationToken token)
    {
        _bench.Folder.Create("script", content);
        _bench.Folder.Run("chmod +x script");

        var error = await ErrorOfAsync(options => options with { Command = "./script" }, token);

        error.Reason.Should().Be(ProcessErrorReason.StartFailed);
        error.Message.Should().Match(message);
    }

    [Test]
    public async Task Relative_program_starts_at_the_working_directory(CancellationToken token)
    {
        _bench.Folder.Create("bin/script", "#!/bin/sh\necho \"$0 $1\"\n");
        _bench.Folder.Run("chmod +x bin/script");

        var (output, _) = await _bench.RunAsync("", token, options => options with
        {
            Command = "./script",
            Arguments = ["one argument"],
            WorkingDirectory = "bin",
        });

        output.Output.Should().Be($"{_bench.Folder.Root}/bin/script one argument\n");
    }

    [TestCase("", "x"), TestCase("a=b", "x"), TestCase("NUL", "a\0b")]
    public async Task Variable_that_cannot_be_set_is_refused(string name, string value, CancellationToken token)
    {
        var error = await ErrorOfAsync(options => options with
        {
            Variables = new Dictionary<string, string> { [name] = value },
        }, token);

        error.Reason.Should().Be(ProcessErrorReason.StartFailed);
    }

    [Test]
    public async Task Arguments_that_are_too_large_are_refused(CancellationToken token)
    {
        var error = await ErrorOfAsync(options => options with { Arguments = [new string('x', 200_000)] }, token);

        error.Reason.Should().Be(ProcessErrorReason.StartFailed);
        error.Message.Should().Contain("too large");
    }

    [Test]
    public async Task Impossible_numbers_are_refused(CancellationToken token)
    {
        var large = () => _bench.StartAsync("true", token, options => options with { Terminal = new TerminalSize(70_000, 1) });
        var negative = () => _bench.StartAsync("true", token, options => options with { TimeLimit = TimeSpan.FromSeconds(-5) });

        await large.Should().ThrowAsync<ArgumentOutOfRangeException>();
        await negative.Should().ThrowAsync<ArgumentOutOfRangeException>();
    }

    [Test]
    public async Task Input_is_empty_unless_it_was_asked_for(CancellationToken token)
    {
        var (output, end) = await _bench.RunAsync("cat; readlink /proc/self/fd/0; ls /proc/self/fd | wc -l", token);

        // ls has the directory open too.
        output.Output.Should().Be("/dev/null\n4\n");
        end.ExitCode.Should().Be(0);
    }

    private async Task<SandboxProcessException> ErrorOfAsync(
        Func<ProcessStartOptions, ProcessStartOptions> change, CancellationToken token) =>
        (await _bench.Invoking(bench => bench.StartAsync("true", token, change)).Should().ThrowAsync<SandboxProcessException>()).Which;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();
}
