using System.Diagnostics;
using FluentAssertions;
using KernelGateway.Processes.Limits;
using KernelGateway.Processes.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Processes.Tests.Limits;

/// <summary>The shell that joins a group; the groups are plain files.</summary>
[Platform("Linux")]
public sealed class GroupStartTests
{
    private const string Hostile = "a 'b' \"c\" $HOME `d` %s \\ \n\t é -- ";

    [Test, CancelAfter(30_000)]
    public async Task Program_joins_the_group_and_has_its_arguments_and_exactly_its_variables(CancellationToken cancellationToken)
    {
        using var root = GroupRoot.Hybrid();
        var group = root.Tree.Create("one", 64 << 20, 8);
        var variables = new Dictionary<string, string>
        {
            ["PLAIN"] = Hostile, ["n"] = "1", ["PWD"] = "/odd", ["OLDPWD"] = "/older", ["SHLVL"] = "7", ["UID"] = "1",
            ["a.b"] = Hostile, ["IFS"] = "x", ["PS1"] = "",
        };
        const string Script =
            "import os, sys; print(ascii([sys.argv[1:], sorted(os.environ.items()), [open(path).read() for path in sys.argv[3:]]]))";
        string[] arguments = ["-I", "-c", Script, Hostile, "--", .. group.MemberFiles];
        var command = new StartCommand("/usr/bin/python3", ["python3", .. arguments], variables);

        var limited = GroupStart.Wrap(command, group, "test");

        foreach (var file in group.MemberFiles) File.WriteAllText(file, "");
        var plain = await RunAsync(command, cancellationToken);
        var expected = plain.Replace("['', '', '']", @"['0\n', '0\n', '0\n']", StringComparison.Ordinal);
        (await RunAsync(limited, cancellationToken)).Should().Be(expected);
        plain.Should().Contain("a.b").And.Contain("['', '', '']");
    }

    [Test, CancelAfter(30_000)]
    public async Task Program_does_not_start_when_the_group_cannot_be_joined(CancellationToken cancellationToken)
    {
        using var root = GroupRoot.Hybrid();
        var group = root.Tree.Create("one", 64 << 20, 8);
        group.TryRemove();
        var command = new StartCommand("/bin/echo", ["echo", "started"], new Dictionary<string, string>());

        using var process = Start(GroupStart.Wrap(command, group, "test"));
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);

        output.Should().BeEmpty();
        process.ExitCode.Should().Be(125);
    }

    [Test]
    public void Variable_that_no_shell_can_set_is_refused_for_a_program_with_an_equals_sign_in_its_path()
    {
        using var root = GroupRoot.Hybrid();
        var command = new StartCommand("/opt/a=b", ["x"], new Dictionary<string, string> { ["a.b"] = "secret" });

        var wrapping = () => GroupStart.Wrap(command, root.Tree.Create("one", 64 << 20, 8), "test");

        wrapping.Should().Throw<IOException>().WithMessage("*'/opt/a=b'*'a.b'*").Which.Message.Should().NotContain("secret");
    }

    private static async Task<string> RunAsync(StartCommand command, CancellationToken cancellationToken)
    {
        using var process = Start(command);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return output;
    }

    private static Process Start(StartCommand command)
    {
        var start = new ProcessStartInfo(command.ProgramPath, command.Argv.Skip(1))
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/",
        };
        start.Environment.Clear();
        foreach (var (name, value) in command.Environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
