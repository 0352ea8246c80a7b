using System.Diagnostics;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Commands;

[RequiresKernel]
public class CommandTests
{
    private const int TestTimeout = 120_000;

    private static readonly Dictionary<string, string> NoEnvironment = [];

    private readonly string _directory = Directory.CreateTempSubdirectory("kernel-gateway-run-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Output_comes_while_the_code_runs_and_its_input_is_read(CancellationToken cancellationToken)
    {
        // The code asks only after the test has seen its output, because an input request and output are on different sockets of the kernel.
        const string Code = """
            import os, time
            print('ready', flush=True)
            while not os.path.exists('seen'): time.sleep(0.01)
            name = input('Name? ')
            f'hello {name}'
            """;
        await File.WriteAllTextAsync(Path.Combine(_directory, "ask.py"), Code, cancellationToken);
        using var run = CommandRun.Start(_directory, NoEnvironment, "run", "ask.py");

        (await run.Output.ReadLineAsync(cancellationToken)).Should().Be("ready", "the output arrives while the code runs");
        await File.WriteAllTextAsync(Path.Combine(_directory, "seen"), "", cancellationToken);
        await run.Input.WriteLineAsync("Ada");
        var (exitCode, output, _) = await run.WaitAsync(cancellationToken);

        output.Should().Be("Name? 'hello Ada'\n");
        exitCode.Should().Be(0);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_that_raises_shows_its_traceback_without_colours_and_fails(CancellationToken cancellationToken)
    {
        using var run = CommandRun.Start(_directory, NoEnvironment, "run", "-c", "print('before')\n1/0");

        var (exitCode, output, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(1);
        output.Should().Be("before\n");
        error.Should().Contain("ZeroDivisionError: division by zero").And.NotContain("\e[");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Image_is_saved_under_a_name_that_is_free_and_its_path_printed(CancellationToken cancellationToken)
    {
        const string OnePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
        await File.WriteAllTextAsync(Path.Combine(_directory, "image-1.png"), "taken", cancellationToken);
        using var run = CommandRun.Start(
            _directory, NoEnvironment, "run", "-c",
            $"from IPython.display import display\ndisplay({{'image/png': '{OnePixel}', 'text/plain': 'an image'}}, raw=True)");

        var (exitCode, output, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(0, error);
        output.Trim().Should().EndWith("image-2.png");
        (await File.ReadAllBytesAsync(Path.Combine(_directory, "image-2.png"), cancellationToken)).Should().Equal(Convert.FromBase64String(OnePixel));
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_from_standard_input_is_run(CancellationToken cancellationToken)
    {
        using var run = CommandRun.Start(_directory, NoEnvironment, "run", "-");

        await run.Input.WriteLineAsync("print(6 * 7)");
        var (exitCode, output, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(0, error);
        output.Should().Be("42\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Signal_interrupts_the_code_and_leaves_no_kernel([Values("-TERM", "-HUP")] string signal, CancellationToken cancellationToken)
    {
        using var run = CommandRun.Start(
            _directory, NoEnvironment, "run", "-c", "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(1000)");
        var kernel = int.Parse((await run.Output.ReadLineAsync(cancellationToken))!);

        using var kill = Process.Start("kill", [signal, $"{run.ProcessId}"]);
        var (exitCode, _, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(130, error);
        error.Should().Contain("KeyboardInterrupt");
        Directory.Exists($"/proc/{kernel}").Should().BeFalse();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Time_limit_has_an_exit_code_of_its_own(CancellationToken cancellationToken)
    {
        using var run = CommandRun.Start(_directory, NoEnvironment, "run", "--timeout", "0.2", "-c", "import time\ntime.sleep(1000)");

        (await run.WaitAsync(cancellationToken)).ExitCode.Should().Be(124);
    }

    [TestCase("Installed:", "run", "--kernel", "no-such-kernel", "-c", "1")]
    [TestCase("no-such-file.py", "run", "no-such-file.py")]
    [TestCase("FILE", "run")]
    [TestCase("FILE", "run", "file.py", "-c", "1")]
    [TestCase("loopback", "serve", "--auth", "none", "--host", "0.0.0.0")]
    [TestCase("no setting", "serve")]
    [TestCase("cannot be read", "serve", "--certfile", "no-such.pem")]
    [TestCase("--certfile", "serve", "--keyfile", "key.pem")]
    [TestCase("BaseUrl", "serve", "--base-url", "kernels")]
    [TestCase("BaseUrl", "serve", "--base-url", "/{id}")]
    [TestCase("Prespawn", "serve", "--prespawn", "3", "--max-kernels", "2")]
    [TestCase("Culling.Interval", "serve", "--cull-interval", "0")]
    [TestCase("MaxContexts", "serve", "--max-kernels", "0")]
    [TestCase("Token", "serve", "--auth", "none", "--token", "abc")]
    [TestCase("AllowedHosts", "serve", "--auth", "none", "--allow-host", "*")]
    [TestCase("Token", "serve", "--token", "")]
    [TestCase("Warm", "serve", "--warm", "none", "--warm", "python")]
    [TestCase("Host", "serve", "--host", "kernels.example.com")]
    [TestCase("Port", "serve", "--port", "65536")]
    [TestCase("--config", "serve", "--config", "")]
    [TestCase("no-such.json", "serve", "--config", "no-such.json")]
    [TestCase("broken.json", "serve", "--config", "broken.json")]
    [TestCase("--kernel-path", "serve", "--kernel-path", "")]
    [TestCase("--kernel-path", "kernels", "--kernel-path", "")]
    [TestCase("--connection-dir", "serve", "--connection-dir", "")]
    [CancelAfter(TestTimeout)]
    public async Task Impossible_command_is_reported_with_exit_code_2(string said, string command, params string[] rest)
    {
        var environment = said == "no setting" ? new Dictionary<string, string> { ["KERNELGATEWAY__HTPP__TOKEN"] = "x" } : NoEnvironment;
        await File.WriteAllTextAsync(Path.Combine(_directory, "broken.json"), "{");
        using var run = CommandRun.Start(_directory, environment, [command, .. rest]);

        var (exitCode, _, error) = await run.WaitAsync(TestContext.CurrentContext.CancellationToken);

        exitCode.Should().Be(2);
        error.Should().Contain(said).And.NotContain("Exception", "the message is for people");
    }

    [TestCase("KERNELGATEWAY__HTTP__AUTHENTICATION", "none,token", "it can be Token or None or Application")]
    [TestCase("KERNELGATEWAY__HTTP__AUTHENTICATION", "1", "it can be Token or None or Application")]
    [TestCase("KERNELGATEWAY__LOGLEVEL", "debug,trace", "it can be")]
    [TestCase("KERNELGATEWAY__LOGFORMAT", "0", "it can be Text or Json")]
    [TestCase("KERNELGATEWAY__KERNELS__STARTTIMEOUT", "60", "hh:mm:ss")]
    [TestCase("KERNELGATEWAY__PRESPAWN", "two", "KernelGateway:Prespawn")]
    [TestCase("KERNELGATEWAY__MAXCONNECTIONS", "0", "MaxConnections")]
    [CancelAfter(TestTimeout)]
    public async Task A_value_that_means_nothing_is_refused(string variable, string value, string said)
    {
        using var run = CommandRun.Start(_directory, new Dictionary<string, string> { [variable] = value }, "serve", "--port", "0");

        var (exitCode, _, error) = await run.WaitAsync(TestContext.CurrentContext.CancellationToken);

        exitCode.Should().Be(2);
        error.Should().ContainEquivalentOf(said).And.NotContain("   at ", "the message is for people");
    }

    [TestCase("192.0.2.1")]
    [TestCase("2001:db8::1")]
    [CancelAfter(TestTimeout)]
    public async Task An_address_that_is_not_the_machines_is_said_in_one_sentence(string host)
    {
        using var run = CommandRun.Start(_directory, NoEnvironment, "serve", "--port", "0", "--host", host);

        var (exitCode, _, error) = await run.WaitAsync(TestContext.CurrentContext.CancellationToken);

        exitCode.Should().Be(1);
        error.Should().Contain("kernel-gateway:").And.NotContain("   at ");
    }

    [TestCase("KERNELGATEWAY__CONTEXTS__MAXCONTEXT", "Is 'KernelGateway:Contexts:MaxContexts' meant?")]
    [TestCase("KERNELGATEWAY__MAXCONTEXTS", "Is 'KernelGateway:Contexts:MaxContexts' meant?")]
    [TestCase("KERNELGATEWAY__HTPP__TOKEN", "Is 'KernelGateway:Http' meant?")]
    [TestCase("KERNELGATEWAY__CONTEXTS__CULLING__AFTER", "Known below 'KernelGateway:CONTEXTS:CULLING' are CullsBusy, CullsConnected, IdleTimeout, Interval.")]
    [TestCase("KERNELGATEWAY__PORT__NUMBER", "there is nothing below it")]
    [TestCase("KERNELGATEWAY__KERNELS", "is a group of settings and has no value")]
    [CancelAfter(TestTimeout)]
    public async Task A_setting_that_nothing_knows_is_refused_with_the_nearest_one(string variable, string said)
    {
        using var run = CommandRun.Start(_directory, new Dictionary<string, string> { [variable] = "1" }, "kernels");

        var (exitCode, _, error) = await run.WaitAsync(TestContext.CurrentContext.CancellationToken);

        exitCode.Should().Be(2);
        error.Should().Contain(said);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernels_are_listed_with_the_place_they_were_found_in(CancellationToken cancellationToken)
    {
        using var json = CommandRun.Start(_directory, NoEnvironment, "kernels", "--json");
        using var table = CommandRun.Start(_directory, NoEnvironment, "kernels");

        var listing = Newtonsoft.Json.Linq.JObject.Parse((await json.WaitAsync(cancellationToken)).Output);
        var shown = await table.WaitAsync(cancellationToken);

        shown.ExitCode.Should().Be(0);
        listing["kernels"]!.Should().NotBeEmpty();
        foreach (var kernel in listing["kernels"]!)
        {
            shown.Output.Should().Contain((string?)kernel["name"]).And.Contain((string?)kernel["resource_directory"]);
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernels_lists_the_searched_directories_when_there_is_none(CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string>
        {
            ["KERNELGATEWAY__KERNELSPECS__ALLOWEDKERNELSPECS__0"] = "no-such-kernel",
            ["JUPYTER_PATH"] = "/nowhere",
        };
        using var run = CommandRun.Start(_directory, environment, "kernels");

        var (exitCode, output, _) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(1);
        output.Should().Contain("/nowhere/kernels  (does not exist)").And.Contain("ipykernel");
    }
}
