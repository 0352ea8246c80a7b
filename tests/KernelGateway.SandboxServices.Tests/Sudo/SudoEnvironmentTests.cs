using FluentAssertions;
using KernelGateway.Processes.Users;
using KernelGateway.SandboxServices.Sudo;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Sudo;

public sealed class SudoEnvironmentTests
{
    private static readonly UserAccount Root = new("root", 0, 0, "/root", "/bin/bash");
    private static readonly SudoCaller Caller = new("user", 1000, 1001);

    [Test]
    public void Variables_are_new_but_those_of_terminal_and_language()
    {
        var variables = Build(["SECRET=1", "HOME=/home/user", "USER=user", "PATH=/mine", "TERM=xterm", "LANG=C.UTF-8", "LC_TIME=C", "DISPLAY=:0"]);

        variables.Should().Equal(new Dictionary<string, string>
        {
            ["TERM"] = "xterm",
            ["LANG"] = "C.UTF-8",
            ["LC_TIME"] = "C",
            ["DISPLAY"] = ":0",
            ["HOME"] = "/root",
            ["SHELL"] = "/bin/bash",
            ["LOGNAME"] = "root",
            ["USER"] = "root",
            ["PATH"] = "/usr/bin:/bin",
            ["SUDO_COMMAND"] = "/bin/ls -l",
            ["SUDO_USER"] = "user",
            ["SUDO_UID"] = "1000",
            ["SUDO_GID"] = "1001",
        });
    }

    [Test]
    public void Terminal_is_unknown_without_one() => Build([])["TERM"].Should().Be("unknown");

    [TestCase("LANG=../../x", false)]
    [TestCase("LC_ALL=%n", false)]
    [TestCase("TERM=/dev/null", false)]
    [TestCase("LANG=() { :; }", false)]
    [TestCase("TZ=Europe/Berlin", true)]
    [TestCase("TZ=:/usr/share/zoneinfo/UTC", true)]
    [TestCase("TZ=/etc/shadow", false)]
    [TestCase("TZ=../x", false)]
    [TestCase("TZ=a b", false)]
    [TestCase("COLORTERM=truecolor", true)]
    [TestCase("LD_PRELOAD=x", false)]
    public void Value_that_could_lead_to_a_file_is_not_kept(string variable, bool isKept)
    {
        var parts = variable.Split('=', 2);
        var variables = Build([variable]);

        (variables.TryGetValue(parts[0], out var value) && value == parts[1]).Should().Be(isKept);
    }

    [Test]
    public void All_variables_are_preserved_but_those_that_load_code_and_those_of_sudo()
    {
        var variables = Build(
            [
                "MINE=1", "HOME=/home/user", "SHELL=/bin/zsh", "USER=user", "LOGNAME=user", "PATH=/mine", "LD_LIBRARY_PATH=/x", "PYTHONPATH=/x",
                "SUDO_USER=x", "BASH_FUNC_ls%%=() { :; }",
            ],
            request => request with { PreservesVariables = true });

        variables.Should().Contain("MINE", "1").And.Contain("HOME", "/home/user").And.Contain("SHELL", "/bin/zsh")
            .And.Contain("USER", "root").And.Contain("LOGNAME", "root").And.Contain("PATH", "/usr/bin:/bin").And.Contain("SUDO_USER", "user");
        variables.Keys.Should().NotContain(["LD_LIBRARY_PATH", "PYTHONPATH", "BASH_FUNC_ls%%"]);
    }

    [Test]
    public void Home_is_that_of_the_user_on_request() =>
        Build(["HOME=/home/user"], request => request with { PreservesVariables = true, SetsHome = true })["HOME"].Should().Be("/root");

    [Test]
    public void Named_variables_are_preserved_but_not_the_search_path()
    {
        var variables = Build(
            ["A=1", "B=2", "USER=user", "PATH=/mine", "SUDO_UID=7"],
            request => request with { PreservedNames = ["A", "USER", "PATH", "SUDO_UID", "MISSING"] });

        variables.Should().Contain("A", "1").And.Contain("USER", "user").And.Contain("LOGNAME", "root").And.Contain("PATH", "/usr/bin:/bin")
            .And.Contain("SUDO_UID", "1000");
        variables.Keys.Should().NotContain(["B", "MISSING"]);
    }

    [Test]
    public void Variables_of_the_command_line_win()
    {
        var variables = Build([], request => request with { Assignments = ["A=1", "PATH=/x", "A=2=3", "EMPTY="] });

        variables.Should().Contain("A", "2=3").And.Contain("PATH", "/x").And.Contain("EMPTY", "");
    }

    [Test]
    public void Text_of_a_long_command_is_cut() =>
        SudoEnvironment.Build(Request([]), Caller, Root, "/bin", new string('x', 10_000))["SUDO_COMMAND"].Should().HaveLength(4096);

    private static Dictionary<string, string> Build(string[] variables, Func<SudoRequest, SudoRequest>? change = null)
    {
        var request = Request(variables);
        return SudoEnvironment.Build(change?.Invoke(request) ?? request, Caller, Root, "/usr/bin:/bin", "/bin/ls -l");
    }

    private static SudoRequest Request(string[] variables) =>
        new() { Action = SudoAction.Run, User = "root", Directory = "/", Command = ["ls", "-l"], Variables = variables };
}
