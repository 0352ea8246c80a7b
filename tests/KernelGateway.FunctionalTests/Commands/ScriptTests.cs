using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Testing.Fixtures;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Commands;

/// <summary>The scripts with every option.</summary>
[NonParallelizable] // run.sh builds in the source tree.
[CancelAfter(300_000)]
public sealed class ScriptTests
{
    [TestCase("run.sh")]
    [TestCase("test.sh")]
    [TestCase("scripts/pack.sh")]
    [TestCase("scripts/build-templates.sh")]
    public async Task Help_names_every_option_the_script_takes(string script, CancellationToken token)
    {
        var (exitCode, output) = await RunAsync(script, ["--help"], token);

        exitCode.Should().Be(0);
        var text = await File.ReadAllTextAsync(Repository.PathOf(script), token);
        var taken = Regex.Matches(text, @"^\s+(?:-h\|)?(--[a-z-]+)\)", RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value)
            .Where(option => option is not ("--help" or "--filter"))
            .ToList();
        taken.Should().NotBeEmpty();
        foreach (var option in taken) output.Should().Contain(option);
    }

    [TestCase("run.sh", "--ones", "unknown argument: --ones")]
    [TestCase("run.sh", "--port", "--port needs a number")]
    [TestCase("run.sh", "--port 70000", "'70000' is not a port")]
    [TestCase("run.sh", "--port http", "'http' is not a port")]
    [TestCase("test.sh", "--soak-minutes", "--soak-minutes needs a number")]
    [TestCase("test.sh", "--soak-minutes few", "'few' is not a number of minutes")]
    [TestCase("scripts/pack.sh", "--everything", "unknown argument: --everything")]
    [TestCase("scripts/pack.sh", "--version", "--version needs a version")]
    [TestCase("scripts/build-templates.sh", "--everything", "unknown argument: --everything")]
    [TestCase("scripts/build-templates.sh", "--mirror", "--mirror needs an address")]
    [TestCase("scripts/build-templates.sh", "--template other", "there is no template 'other': give base, code-interpreter-v1 or all")]
    [TestCase("scripts/build-templates.sh", "--gateway /no/such/file", "--gateway: '/no/such/file' does not exist")]
    public async Task Wrong_argument_is_refused_with_one_sentence(string script, string arguments, string sentence, CancellationToken token)
    {
        var (exitCode, output) = await RunAsync(script, arguments.Split(' '), token);

        exitCode.Should().Be(1);
        output.Trim().Should().StartWith($"error: {sentence}").And.NotContain("\n");
    }

    [TestCase("nobody", "false", "sudo apt-get install --no-install-recommends kernelgateway-no-such-package")]
    [TestCase("root", "false", "may install")]
    public async Task Another_user_than_root_gets_the_command_that_installs_missing_packages(
        string user, string install, string expected, CancellationToken token)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root can become another user.");

        // The script is passed as text, because another user may not be able to read the repository.
        var code = await File.ReadAllTextAsync(Repository.PathOf("scripts/prerequisites.sh"), token)
            + $"\nINSTALL={install}; if can_install; then echo may install; fi; suggest_packages bash kernelgateway-no-such-package; print_suggestion";

        var (exitCode, output) = await ProgramRun.RunAsync(
            "setpriv", ["--reuid", user, "--clear-groups", "env", "-u", "CI", "bash", "-euc", code], token, directory: "/");

        exitCode.Should().Be(0, output);
        output.Should().Contain(expected).And.NotContain(" bash");
    }

    [TestCase("v18.20.8", false)]
    [TestCase("v20.18.0", false)]
    [TestCase("v20.18.1", true)]
    [TestCase("v21.7.3", false)]
    [TestCase("v22.0.0", true)]
    [TestCase("v26.10.0", true)]
    [TestCase("", false)]
    public async Task Node_that_the_clients_do_not_support_is_found_out(string version, bool isSupported, CancellationToken token)
    {
        // A shell function replaces the node command.
        var code = $". {Repository.PathOf("scripts/prerequisites.sh")}\nnode() {{ [ -n '{version}' ] && echo {version}; }}\n"
            + "if supports_clients node; then echo supported; else echo too old; fi";

        var (exitCode, output) = await ProgramRun.RunAsync("bash", ["-euc", code], token, directory: "/");

        exitCode.Should().Be(0, output);
        output.Trim().Should().Be(isSupported ? "supported" : "too old");
    }

    [Test]
    public async Task Range_of_Node_is_that_of_the_strictest_client(
        [Values("@e2b/code-interpreter", "@jupyterlab/services", "deno", "e2b", "tslab", "ws")] string package, CancellationToken token)
    {
        var file = Repository.PathOf("tests", "KernelGateway.FunctionalTests", "clients", "package-lock.json");
        var locked = JObject.Parse(await File.ReadAllTextAsync(file, token));

        var range = (string?)locked["packages"]![$"node_modules/{package}"]!["engines"]?["node"];

        range.Should().BeOneOf([null, ">=10.0.0", ">=20.18.1 <21 || >=22"], "scripts/prerequisites.sh requires the strictest of these ranges");
    }

    [Test]
    [RequiresKernel]
    public async Task Demonstration_runs_on_a_chosen_port_and_ends(CancellationToken token)
    {
        var port = FindFreePort();

        var (exitCode, output) = await RunAsync("run.sh", ["--once", "--port", port.ToString(CultureInfo.InvariantCulture)], token);

        exitCode.Should().Be(0, output);
        output.Should().Contain($"http://localhost:{port}/execute").And.Contain("end_of_execution").And.Contain("Done");
    }

    [Test]
    [RequiresKernel]
    public async Task Sandboxes_are_shown_step_by_step_and_nothing_is_left_of_them(CancellationToken token)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("Only root on Linux isolates sandboxes.");
            return;
        }

        ClientScript.RequireNodePackage("@e2b/code-interpreter");

        var temporary = Directory.CreateTempSubdirectory("run-sandboxes-");
        temporary.UnixFileMode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        try
        {
            var start = new ProcessStartInfo(Repository.PathOf("run.sh"), ["--sandboxes", "--once"]) { WorkingDirectory = "/" };
            start.Environment["TMPDIR"] = temporary.FullName;

            var (exitCode, output) = await ProgramRun.RunAsync(start, token);

            if (output.Contains("this machine cannot isolate sandboxes")) Assert.Ignore(output);
            exitCode.Should().Be(0, output);
            output.Should().MatchRegex(@"(?m)^isolation +yes ")
                .And.Contain("sum(numbers) is 6").And.Contain("there is no such file").And.Contain("numbers is [1, 2, 3]")
                .And.Contain("it answers 200").And.Contain("killed both").And.EndWith("==> Done\u001b[0m\n");
            Directory.EnumerateFileSystemEntries(temporary.FullName, "tmp.*").Should().BeEmpty();
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    [Test]
    [RequiresKernel]
    public async Task Gateway_serves_after_the_demonstration_until_it_is_terminated(CancellationToken token)
    {
        var start = new ProcessStartInfo("env", ["--default-signal=TERM", Repository.PathOf("run.sh")]);
        await using var script = await ListeningProcess.StartAsync(
            start, line => line.Contains("  URL ", StringComparison.Ordinal) ? line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1] : null, token);
        using var client = new HttpClient();

        (await client.GetAsync(new Uri(script.Url, "health"), token)).StatusCode.Should().Be(HttpStatusCode.OK);

        (await script.StopAsync("-TERM", token)).Should().Be(143);
        await client.Invoking(http => http.GetAsync(script.Url, token)).Should().ThrowAsync<HttpRequestException>("the server has stopped listening");
    }

    private static Task<(int ExitCode, string Output)> RunAsync(string script, string[] arguments, CancellationToken token) =>
        ProgramRun.RunAsync(Repository.PathOf(script), arguments, token, directory: "/");

    private static int FindFreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
