using System.Runtime.Versioning;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Serving;

/// <summary><c>serve --sudo-socket</c>, and the program <c>kernel-gateway sudo</c> that uses it.</summary>
[Platform("Linux")]
[SupportedOSPlatform("linux")]
public sealed class SudoSocketTests
{
    private const int TestTimeout = 120_000;

    private static readonly Dictionary<string, string> NoEnvironment = [];

    private readonly string _directory = Directory.CreateTempSubdirectory("kernel-gateway-tests-").FullName;

    private string SocketPath => Path.Combine(_directory, "run", "sudo.sock");

    [TearDown]
    public void DeleteDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Commands_run_with_the_streams_of_the_program_until_the_server_ends(CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root can run commands as other users.");
        await using (var server = await ServerProcess.StartAsync(cancellationToken, "--warm", "none", "--sudo-socket", SocketPath))
        {
            using var run = Sudo("-u", "nobody", "A=1", "sh", "-c", "id -un; pwd; read x; echo $x $A $SUDO_USER; echo problem >&2; exit 3");
            await run.Input.WriteLineAsync("typed".AsMemory(), cancellationToken);
            var (exitCode, output, error) = await run.WaitAsync(cancellationToken);

            output.Should().Be($"nobody\n{_directory}\ntyped 1 root\n");
            error.Should().Be("problem\n");
            exitCode.Should().Be(3);

            using var killed = Sudo("sh", "-c", "kill -TERM $$");
            (await killed.WaitAsync(cancellationToken)).ExitCode.Should().Be(128 + 15);
        }

        File.Exists(SocketPath).Should().BeFalse();
        using var late = Sudo("id");
        (await late.WaitAsync(cancellationToken)).Error.Should().Be($"sudo: the service of this sandbox does not listen at {SocketPath}\n");
    }

    [TestCase("usage: sudo", 0, "-h")]
    [TestCase("sudo of kernel-gateway ", 0, "-V")]
    [TestCase("", 0, "-k")]
    [TestCase("sudo: a command is missing", 1)]
    [TestCase("sudo: the option '-b' is not supported in a sandbox. Supported are -E", 1, "-b", "id")]
    [TestCase("sudo: the service of this sandbox does not listen at", 1, "id")]
    [CancelAfter(TestTimeout)]
    public async Task Program_answers_what_needs_no_server(string said, int code, params string[] words)
    {
        using var run = Sudo(words);

        var (exitCode, output, error) = await run.WaitAsync(TestContext.CurrentContext.CancellationToken);

        exitCode.Should().Be(code);
        (output + error).Should().StartWith(said).And.NotContain("Exception");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Program_without_a_socket_says_how_it_is_used(CancellationToken cancellationToken)
    {
        using var run = CommandRun.Start(_directory, NoEnvironment, "sudo");

        var (exitCode, _, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(1);
        error.Should().Be("sudo: the path of the socket is missing: kernel-gateway sudo SOCKET [OPTION] [COMMAND]\n");
    }

    [TestCase("Services:SudoSocket", "--services", "none", "--sudo-socket", "s")]
    [TestCase("bytes long", "--sudo-socket", "0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/s")]
    [TestCase("--sudo-socket", "--sudo-socket", "")]
    [CancelAfter(TestTimeout)]
    public async Task Impossible_socket_is_a_usage_error(string said, params string[] options)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Another user gets another error.");
        using var run = CommandRun.Start(_directory, NoEnvironment, ["serve", "--port", "0", "--warm", "none", .. options]);

        var (exitCode, _, error) = await run.WaitAsync(TestContext.CurrentContext.CancellationToken);

        exitCode.Should().Be(2);
        error.Should().Contain(said).And.NotContain("Exception");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Server_that_is_not_root_refuses(CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root can start a server as another user.");
        var (exitCode, output) = await ProgramRun.RunAsync(
            "setpriv",
            [
                "--reuid", "games", "--regid", "games", "--clear-groups", "env", "HOME=/tmp", "dotnet",
                Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll"), "serve", "--port", "0", "--warm", "none", "--sudo-socket", "/tmp/no-sudo.sock",
            ],
            cancellationToken);

        exitCode.Should().Be(2);
        output.Should().Contain("SudoSocket: only a gateway that runs as root can run commands as other users.").And.NotContain("Exception");
    }

    private CommandRun Sudo(params string[] words) => CommandRun.Start(_directory, NoEnvironment, ["sudo", SocketPath, .. words]);
}
