using FluentAssertions;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Tests.Support;
using KernelGateway.SandboxServices.Users;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Processes;

/// <summary>Processes of another user than the service, which is root.</summary>
[CancelAfter(60_000)]
public sealed class OtherUserTests : IAsyncDisposable
{
    private readonly ProcessBench _bench = new();

    private SandboxUser Nobody => _bench.Folder.FilesOfNobody().User;

    [Test]
    public async Task Process_has_the_ids_groups_and_home_of_the_user_and_only_its_variables(CancellationToken token)
    {
        var user = Nobody with { Groups = [Nobody.GroupId, 4321] };

        var (output, end) = await RunAsync("id -u; id -g; id -G; pwd; env | sort", token, options => options with
        {
            User = user,
            Variables = new Dictionary<string, string> { ["QUOTE"] = "it's \"$HOME\" `x`\nline", ["odd-name"] = "odd", ["SHLVL"] = "7" },
        });

        end.ExitCode.Should().Be(0, output.Error);
        var lines = output.Output.Split('\n');
        lines[0].Should().Be($"{user.UserId}");
        lines[1].Should().Be($"{user.GroupId}");
        lines[2].Split(' ').Should().BeEquivalentTo($"{user.GroupId}", "4321");
        lines[3].Should().Be(user.Home);
        // bash sets SHLVL, PWD, OLDPWD and _ for its own programs.
        lines[4..^1].Where(line => !line.StartsWith("SHLVL=", StringComparison.Ordinal) && !line.Contains("PWD=") && !line.StartsWith("_=", StringComparison.Ordinal))
            .Should().BeEquivalentTo(
                $"HOME={user.Home}", "LOGNAME=nobody", "USER=nobody", $"PATH={Environment.GetEnvironmentVariable("PATH")}",
                "QUOTE=it's \"$HOME\" `x`", "line", "odd-name=odd");
    }

    [Test]
    public async Task Program_that_is_executed_directly_has_exactly_the_variables(CancellationToken token)
    {
        var (output, _) = await RunAsync("", token, options => options with
        {
            Command = "env",
            Arguments = [],
            Variables = new Dictionary<string, string> { ["A"] = "1", ["a.b"] = "2" },
        });

        output.Output.TrimEnd('\n').Split('\n').Should().BeEquivalentTo(
            $"HOME={Nobody.Home}", "LOGNAME=nobody", "USER=nobody", $"PATH={Environment.GetEnvironmentVariable("PATH")}", "A=1", "a.b=2");
    }

    [Test]
    public async Task Loader_variables_do_not_reach_the_program_that_runs_as_root(CancellationToken token)
    {
        var (output, _) = await RunAsync("echo done", token, options => options with
        {
            Variables = new Dictionary<string, string> { ["LD_PRELOAD"] = "/no/such/library.so" },
        });

        output.Output.Should().Be("done\n");
        // Once for each program that has the variable; setpriv and the first shell would add two.
        output.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().ContainSingle();
    }

    [Test]
    public async Task Streams_can_be_opened_by_name_and_no_descriptor_is_left(CancellationToken token)
    {
        var (output, _) = await RunAsync("cat /dev/stdin > /dev/stdout; echo error > /dev/stderr; ls /proc/self/fd | wc -l", token);

        output.Output.Should().Be("4\n");
        output.Error.Should().Be("error\n");
    }

    [Test]
    public async Task Terminal_belongs_to_the_user(CancellationToken token)
    {
        var (output, _) = await RunAsync("stat -c %U $(tty); exec 3<>$(tty) && echo opened", token, options => options with
        {
            Terminal = new TerminalSize(80, 24),
        });

        output.Terminal.Should().Be("nobody\r\nopened\r\n");
    }

    [Test]
    public async Task Root_cannot_be_regained(CancellationToken token)
    {
        var (output, _) = await RunAsync("grep -E '^(Uid|Gid|CapInh|CapPrm|CapEff)' /proc/self/status; cat /etc/shadow; kill -0 1", token);

        var user = Nobody;
        output.Output.Replace('\t', ' ').Split('\n').Should().StartWith(
        [
            $"Uid: {user.UserId} {user.UserId} {user.UserId} {user.UserId}", $"Gid: {user.GroupId} {user.GroupId} {user.GroupId} {user.GroupId}",
            "CapInh: 0000000000000000", "CapPrm: 0000000000000000", "CapEff: 0000000000000000",
        ]);
        output.Error.Should().Contain("ermission denied").And.Contain("not permitted");
    }

    [Test]
    public async Task What_the_user_may_not_enter_or_execute_is_refused_before_the_start(CancellationToken token)
    {
        var user = Nobody;
        _bench.Folder.Create("secret/program", "#!/bin/sh\n");
        _bench.Folder.Create("mine", "#!/bin/sh\n");
        _bench.Folder.Run("chmod 700 secret secret/program; chmod 750 mine");

        (await ReasonOfAsync(options => options with { User = user, WorkingDirectory = "secret" }, token)).Should().Be(ProcessErrorReason.NotPermitted);
        (await ReasonOfAsync(options => options with { User = user, Command = "./secret/program" }, token)).Should().Be(ProcessErrorReason.StartFailed);
        (await ReasonOfAsync(options => options with { User = user, Command = "./mine" }, token)).Should().Be(ProcessErrorReason.StartFailed);
        (await ReasonOfAsync(options => options with { Command = "./mine" }, token)).Should().BeNull("root may");
    }

    [Test]
    public async Task Process_of_the_user_is_signalled(CancellationToken token)
    {
        var user = Nobody;
        var process = await _bench.StartAsync("echo ready; exec sleep 1000", token, options => options with { User = user });
        await using var reader = new OutputCursor(process, token);
        await reader.ReadUntilAsync("ready\n");

        process.Signal(15).Should().BeTrue();

        (await process.Ended.WaitAsync(token)).Signal.Should().Be(15);
    }

    [Test]
    public async Task Service_that_is_not_root_starts_processes_of_its_own_user_only(CancellationToken token)
    {
        var service = SandboxUser.GetCurrent() with { UserId = 65534, Name = "nobody" };
        var options = new ProcessStartOptions { Command = "true", User = service with { UserId = 1, Name = "daemon" } };

        var create = () => ProcessPlan.CreateAsync(options, service, null, new Dictionary<string, string>(), token);

        (await create.Should().ThrowAsync<SandboxProcessException>()).Which.Reason.Should().Be(ProcessErrorReason.NotPermitted);
    }

    private Task<(OutputTexts Output, ProcessEnd End)> RunAsync(
        string script, CancellationToken token, Func<ProcessStartOptions, ProcessStartOptions>? change = null)
    {
        var user = Nobody;
        return _bench.RunAsync(script, token, options => change?.Invoke(options with { User = user }) ?? options with { User = user });
    }

    private async Task<ProcessErrorReason?> ReasonOfAsync(Func<ProcessStartOptions, ProcessStartOptions> change, CancellationToken token)
    {
        try
        {
            await _bench.RunAsync("true", token, change);
            return null;
        }
        catch (SandboxProcessException exception)
        {
            return exception.Reason;
        }
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();
}
