using FluentAssertions;
using KernelGateway.SandboxServices.Sudo;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Sudo;

public sealed class SudoCommandLineTests
{
    [Test]
    public void Options_end_at_the_command()
    {
        var line = Parse("-n", "-E", "ls", "-l", "-u", "x");

        line.Action.Should().Be(SudoAction.Run);
        line.User.Should().Be("root");
        line.PreservesVariables.Should().BeTrue();
        line.Command.Should().Equal("ls", "-l", "-u", "x");
    }

    [TestCase("-u www-data id")]
    [TestCase("-uwww-data id")]
    [TestCase("-nEHu www-data id")]
    [TestCase("--user www-data id")]
    [TestCase("--user=www-data id")]
    [TestCase("--user=www-data -- id")]
    [TestCase("-S -A -k -p prompt: -u www-data id")]
    [TestCase("--prompt= --stdin --user=www-data id")]
    public void User_is_read(string words)
    {
        var line = Parse(words.Split(' '));

        line.User.Should().Be("www-data");
        line.Command.Should().Equal("id");
        line.Action.Should().Be(SudoAction.Run);
    }

    [Test]
    public void Variables_come_before_the_command_and_options_between_them()
    {
        var line = Parse("A=1", "-H", "B=x=y", "env", "C=3");

        line.Assignments.Should().Equal("A=1", "B=x=y");
        line.SetsHome.Should().BeTrue();
        line.Command.Should().Equal("env", "C=3");
    }

    [Test]
    public void After_the_end_of_the_options_everything_is_the_command()
    {
        Parse("--", "A=1", "x").Command.Should().Equal("A=1", "x");
        Parse("--", "-x").Command.Should().Equal("-x");
        Parse("/opt/a=b/run", "-u").Command.Should().Equal("/opt/a=b/run", "-u");
    }

    [Test]
    public void Names_to_preserve_are_collected()
    {
        var line = Parse("--preserve-env=A,B", "--preserve-env=C", "env");

        line.PreservesVariables.Should().BeFalse();
        line.PreservedNames.Should().Equal("A", "B", "C");
        Parse("--preserve-env", "env").PreservesVariables.Should().BeTrue();
    }

    [TestCase("-i", nameof(SudoAction.LoginShell))]
    [TestCase("-i ls -l", nameof(SudoAction.LoginShell))]
    [TestCase("--login -u nobody", nameof(SudoAction.LoginShell))]
    [TestCase("-s", nameof(SudoAction.Shell))]
    [TestCase("-E -s", nameof(SudoAction.Shell))]
    [TestCase("-l", nameof(SudoAction.List))]
    [TestCase("-nl ls", nameof(SudoAction.List))]
    [TestCase("-v", nameof(SudoAction.Validate))]
    [TestCase("-k", nameof(SudoAction.Forget))]
    [TestCase("-K", nameof(SudoAction.Forget))]
    [TestCase("-k ls", nameof(SudoAction.Run))]
    [TestCase("-V", nameof(SudoAction.ShowVersion))]
    [TestCase("--help", nameof(SudoAction.ShowHelp))]
    [TestCase("-h", nameof(SudoAction.ShowHelp))]
    public void Action_is_chosen_by_the_options(string words, string action) => Parse(words.Split(' ')).Action.ToString().Should().Be(action);

    [TestCase("", "a command is missing*usage: sudo*")]
    [TestCase("A=1", "a command is missing*")]
    [TestCase("-b ls", "the option '-b' is not supported in a sandbox. Supported are *-u USER*VAR=value*")]
    [TestCase("-ng ls", "the option '-g' is not supported*")]
    [TestCase("--chroot=/x ls", "the option '--chroot' is not supported*")]
    [TestCase("-u", "the option '-u' needs an argument")]
    [TestCase("--user", "the option '--user' needs an argument")]
    [TestCase("--user= ls", "*needs the name of a user")]
    [TestCase("--login=x", "the option '--login' has no argument")]
    [TestCase("-i -s", "*cannot be used together")]
    [TestCase("-i -E", "*cannot be used together")]
    [TestCase("-v ls", "the option '-v' has no command")]
    public void Command_line_that_is_none_is_refused(string words, string message) =>
        FluentActions.Invoking(() => Parse(words.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            .Should().Throw<SudoRefusedException>().WithMessage(message);

    [TestCase("ls", ExpectedResult = "ls")]
    [TestCase("-l", ExpectedResult = "-l")]
    [TestCase("a b", ExpectedResult = @"a\ b")]
    [TestCase("it's", ExpectedResult = @"it\'s")]
    [TestCase("$HOME/x", ExpectedResult = @"$HOME\/x")]
    [TestCase("ü", ExpectedResult = "ü")]
    public string Words_for_a_shell_are_quoted_as_sudo_does(string word) => SudoStart.Quote([word]);

    private static SudoCommandLine Parse(params string[] words) => SudoCommandLine.Parse(words);
}
