using System.Runtime.Versioning;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Commands;

/// <summary>What each option of the scripts installs, builds and tests. Stub programs record the calls without performing them.</summary>
[Platform("Linux")]
[SupportedOSPlatform("linux")]
[CancelAfter(60_000)]
public sealed class ScriptOptionTests : IDisposable
{
    private const string OtherUser = "1000";

    private readonly ScriptBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Test]
    public async Task Fast_tests_install_nothing_and_need_no_kernel(CancellationToken token)
    {
        var (exitCode, output) = await _bench.Set("INSTALLED", "false").RunAsync("test.sh", "--fast", token);

        exitCode.Should().Be(0, output);
        output.Should().EndWith("2 passed, 0 failed, 0 skipped\n");
        _bench.Calls.Should().NotContain(call => call.StartsWith("apt-get") || call.StartsWith("npm") || call.StartsWith("sudo"));
        _bench.Calls.Should().Contain("dotnet build KernelGateway.sln -nologo -v quiet");
        Tests().Should().HaveCount(2).And.OnlyContain(call => call.EndsWith(
            " --filter (((((TestCategory!=RunByAnotherTest)&TestCategory!=RequiresKernel)&TestCategory!=RequiresPyzmq)&TestCategory!=RequiresJeromq)&TestCategory!=Slow)&TestCategory!=EveryVariant"));
        Soaks().Should().BeEmpty();
    }

    [Test]
    public async Task Without_an_option_all_projects_are_tested_without_every_variant_and_the_soak_runs(CancellationToken token)
    {
        var (exitCode, output) = await _bench.RunAsync("test.sh", "", token);

        exitCode.Should().Be(0, output);
        _bench.Calls.Should().Contain(call => call.StartsWith("dotnet format whitespace")).And.Contain(call => call.StartsWith("dotnet format style"));
        Tests().Should().HaveCount(3).And.OnlyContain(call => call.EndsWith(" --filter (TestCategory!=RunByAnotherTest)&TestCategory!=EveryVariant"));
        Soaks().Should().ContainSingle().Which.Should().EndWith("-- --minutes 2 --seed 1");
    }

    [Test]
    public async Task All_tests_run_and_none_may_be_skipped(CancellationToken token)
    {
        var (exitCode, output) = await _bench.Set("OUTCOMES", "Passed NotExecuted").RunAsync("test.sh", "--all", token);

        exitCode.Should().Be(1);
        output.Should().Contain("3 passed, 0 failed, 3 skipped").And.Contain("skipped tests count as failures here:\nNotExecuted test\n");
        Tests().Should().HaveCount(3).And.OnlyContain(call => call.EndsWith(" --filter TestCategory!=RunByAnotherTest"));
        Soaks().Should().ContainSingle();
    }

    [TestCase("Passed NotExecuted", 0)]
    [TestCase("Passed Failed", 1)]
    [TestCase("", 1)]
    public async Task Failed_tests_and_no_tests_are_a_failure_and_skipped_ones_are_not(string outcomes, int expected, CancellationToken token)
    {
        var (exitCode, output) = await _bench.Set("OUTCOMES", outcomes).RunAsync("test.sh", "--fast", token);

        exitCode.Should().Be(expected, output);
    }

    [Test]
    public async Task Failed_tests_are_named_with_their_messages_in_the_last_lines(CancellationToken token)
    {
        var (_, output) = await _bench.Set("OUTCOMES", "Failed Passed").RunAsync("test.sh", "--fast", token);

        const string Failure = "Failed test: 1 < 2 was wrong\n";
        output.Should().EndWith($"The failed tests:\n{Failure}{Failure}2 passed, 2 failed, 0 skipped\n");
    }

    [TestCase("--soak-minutes 7", "7")]
    [TestCase("--soak-minutes 0", null)]
    [TestCase("--filter Journal", null)]
    [TestCase("--filter Journal --soak-minutes 3", "3")]
    [TestCase("--fast --soak-minutes 3", null)]
    public async Task Soak_runs_for_the_minutes_that_are_asked_for(string arguments, string? minutes, CancellationToken token)
    {
        var (exitCode, output) = await _bench.RunAsync("test.sh", arguments, token);

        exitCode.Should().Be(0, output);
        Soaks().Should().Equal(minutes is null ? [] : [$"dotnet run --no-build --project tests/KernelGateway.Soak -- --minutes {minutes} --seed 1"]);
    }

    [TestCase("--filter Journal", "--filter ((Journal)&TestCategory!=RunByAnotherTest)&TestCategory!=EveryVariant")]
    [TestCase("--all --filter Journal", "--filter (Journal)&TestCategory!=RunByAnotherTest")]
    [TestCase("--all --blame-hang --filter Journal", "--blame-hang --filter (Journal)&TestCategory!=RunByAnotherTest")]
    [TestCase("--all --blame-hang", "--blame-hang --filter TestCategory!=RunByAnotherTest")]
    public async Task Filter_and_unknown_arguments_reach_every_run_of_the_tests(string arguments, string expected, CancellationToken token)
    {
        var (exitCode, output) = await _bench.RunAsync("test.sh", arguments, token);

        exitCode.Should().Be(0, output);
        Tests().Should().HaveCount(3).And.OnlyContain(call => call.EndsWith($" --logger console;verbosity=minimal {expected}"));
    }

    [TestCase("0", null, "")]
    [TestCase(OtherUser, null, "--install")]
    [TestCase(OtherUser, "true", "")]
    public async Task Debian_packages_are_installed_for_root_with_the_option_and_on_a_build_server(
        string user, string? ci, string arguments, CancellationToken token)
    {
        var (exitCode, output) = await _bench.Set("INSTALLED", "false").Set("USER_ID", user).Set("CI", ci).RunAsync("test.sh", arguments, token);

        exitCode.Should().Be(0, output);
        _bench.Calls.Should().Contain(call => call.StartsWith("apt-get install -y -qq --no-install-recommends python3-ipykernel"))
            .And.Contain(call => call.StartsWith("apt-get install -y -qq --no-install-recommends jupyter-server"));
        if (user == OtherUser) _bench.Calls.Should().Contain(call => call.StartsWith("sudo -n apt-get update"));
        else _bench.Calls.Should().NotContain(call => call.StartsWith("sudo"));
        output.Should().NotContain("were not installed");
    }

    [TestCase(null, "true", "run this, or pass --install")]
    [TestCase("true", "false", "run this: sudo asks for a password here")]
    public async Task Packages_that_may_not_be_installed_are_suggested(string? ci, string sudo, string way, CancellationToken token)
    {
        _bench.Set("INSTALLED", "false").Set("USER_ID", OtherUser).Set("CI", ci).Set("SUDO", sudo);

        var (exitCode, output) = await _bench.RunWithPrerequisitesAsync("suggest_packages a b\nif can_install; then echo possible; fi\nprint_suggestion", token);

        exitCode.Should().Be(0, output);
        output.Should().Contain(way).And.Contain("sudo apt-get install --no-install-recommends a b\n").And.NotContain("possible");
        _bench.Calls.Should().NotContain(call => call.StartsWith("apt-get"));
    }

    [Test]
    public async Task Registry_that_cannot_be_reached_costs_the_JavaScript_clients_and_not_the_tests(CancellationToken token)
    {
        var (exitCode, output) = await _bench.Set("NPM", "1").RunAsync("test.sh", "", token);

        exitCode.Should().Be(0, output);
        output.Should().Contain("npm: the registry cannot be reached").And.Contain("the tests with JavaScript clients and kernels will be skipped");
        _bench.Calls.Should().Contain("npm ci --loglevel error --no-audit --no-fund");
        Tests().Should().HaveCount(3);
    }

    [Test]
    public async Task Registry_that_cannot_be_reached_costs_no_tests_where_Node_is_too_old(CancellationToken token)
    {
        _bench.Stub("node", "echo v18.0.0");

        var (exitCode, output) = await _bench.Set("NPM", "1").RunAsync("test.sh", "", token);

        exitCode.Should().Be(0, output);
        output.Should().Contain("Node.js could not be installed: the tests with JavaScript clients and kernels will be skipped");
        _bench.Calls.Should().Contain(call => call.StartsWith("npm install") && call.EndsWith("--loglevel error --no-audit --no-fund node@22"));
        Tests().Should().HaveCount(3);
    }

    [Test]
    public async Task Python_kernel_that_cannot_be_installed_ends_the_script_with_what_can_be_done(CancellationToken token)
    {
        StubPython(canInstall: false);

        var (exitCode, output) = await _bench.RunWithPrerequisitesAsync("SYSTEM_PYTHON=/nowhere/python3\nneed_python_kernel\necho reached", token);

        exitCode.Should().Be(1);
        output.Should().Contain("sudo apt-get install --no-install-recommends python3 python3-venv python3-ipykernel")
            .And.Contain("error: a Python kernel could not be installed into .venv").And.NotContain("reached");
    }

    [TestCase(true, "/.venv/bin/python")]
    [TestCase(false, "/bin/system-python")]
    public async Task Python_clients_that_the_system_lacks_are_installed_with_the_kernel_or_left_out(
        bool canInstall, string expected, CancellationToken token)
    {
        StubPython(canInstall);
        _bench.Stub("system-python", "[[ $2 != *jupyter_server* ]]");

        var (exitCode, output) = await _bench.RunWithPrerequisitesAsync(
            $"SYSTEM_PYTHON={_bench.PathOf("bin/system-python")}\nneed_python_kernel\nneed_python_clients\necho \"PYTHON=$PYTHON\"\nprint_suggestion", token);

        exitCode.Should().Be(0, output);
        output.Should().Contain($"PYTHON={_bench.PathOf("")}{expected}\n").And.Contain("--no-install-recommends jupyter-server");
        output.Contains("the tests with Python clients will be skipped", StringComparison.Ordinal).Should().Be(!canInstall);
        _bench.Calls.Should().Contain(call => call.StartsWith("pip install --quiet ipykernel matplotlib pandas jupyter_server"));
    }

    [TestCase(null, "true")]
    [TestCase("yes", "yes")]
    public async Task Build_server_runs_all_tests_and_installs_what_they_need(string? ci, string expected, CancellationToken token)
    {
        _bench.WriteScript("test.sh", "echo \"CI=$CI $*\"");

        var (exitCode, output) = await _bench.Set("CI", ci).RunAsync(".ci/run", "", token);

        (exitCode, output).Should().Be((0, $"CI={expected} --all\n"));
    }

    [TestCase("", "exit 3", "kernel-gateway did not start")]
    [TestCase("echo 'Listening on http://localhost:1'; ", "exec sleep 100", "demo fails")]
    public async Task Failed_demonstration_shows_what_the_server_wrote(string listening, string end, string failure, CancellationToken token)
    {
        _bench.Write("scripts/demo.py", "raise SystemExit('demo fails')\n");

        var (exitCode, output) = await _bench.Set("SERVER", $"echo 'disk on fire' >&2; {listening}{end}").RunAsync("run.sh", "--once", token);

        exitCode.Should().Be(1, output);
        output.Should().Contain(failure).And.Contain("The end of what kernel-gateway wrote:\ndisk on fire");
    }

    [Test]
    public async Task Demonstration_that_succeeds_shows_nothing_of_the_log_and_uses_the_port(CancellationToken token)
    {
        _bench.Write("scripts/demo.py", "import sys; print('demo of', sys.argv[1])\n");
        _bench.Set("INSTALLED", "false").Set("USER_ID", OtherUser).Set("SERVER", "echo 'Listening on http://localhost:8123'; exec sleep 100");

        var (exitCode, output) = await _bench.RunAsync("run.sh", "--once --port 8123 --install", token);

        exitCode.Should().Be(0, output);
        output.Should().Contain("demo of http://localhost:8123").And.Contain("Done").And.NotContain("The end of");
        _bench.Calls.Should().Contain($"dotnet {_bench.PathOf("artifacts/kernel-gateway/kernel-gateway.dll")} serve --port 8123")
            .And.Contain(call => call.StartsWith("sudo -n apt-get update"));
    }

    [TestCase("yes", "outgoing", "true")]
    [TestCase("no ", "none", "false")]
    public async Task Sandboxes_have_the_network_that_the_machine_can_filter(
        string allowed, string network, string internet, CancellationToken token)
    {
        StubService($"echo 'outgoing-network  {allowed}  reason'");
        _bench.Stub(
            "node", "[ $1 = --version ] && echo v22.0.0 || echo \"demo of $E2B_API_URL with $E2B_API_KEY, internet $ALLOW_INTERNET\"");

        var (exitCode, output) = await _bench.RunAsync("run.sh", "--sandboxes --once --port 8123", token);

        exitCode.Should().Be(0, output);
        output.Should().Contain($"demo of http://localhost:8123 with e2b_key, internet {internet}")
            .And.Contain("Done").And.NotContain("The end of");
        _bench.Calls.Should()
            .Contain(call => call.Contains(" sandboxes serve --port 8123 --data-dir ") && call.EndsWith($" --network {network}"))
            .And.Contain(call => call.EndsWith(" sandboxes kill --all"), "sandboxes live on when the service ends")
            .And.Contain(call => call.StartsWith("npm install --prefix") && call.EndsWith("@e2b/code-interpreter@1.2.3"));
    }

    [Test]
    public async Task Machine_that_cannot_isolate_sandboxes_gets_what_is_missing_and_no_service(CancellationToken token)
    {
        StubService("echo 'isolation  missing  no namespaces'; exit 1");

        var (exitCode, output) = await _bench.RunAsync("run.sh", "--sandboxes", token);

        exitCode.Should().Be(1);
        output.Should().Contain("isolation  missing  no namespaces").And.Contain("error: this machine cannot isolate sandboxes");
        _bench.Calls.Should().NotContain(call => call.Contains("sandboxes serve"));
    }

    [Test]
    public async Task E2B_SDK_that_cannot_be_installed_ends_the_script_before_the_build(CancellationToken token)
    {
        StubService("");

        var (exitCode, output) = await _bench.Set("NPM", "1").RunAsync("run.sh", "--sandboxes", token);

        exitCode.Should().Be(1);
        output.Should().Contain("npm: the registry cannot be reached").And.Contain("error: the E2B SDK could not be installed");
        _bench.Calls.Should().NotContain(call => call.StartsWith("dotnet build"));
    }

    // A service of sandboxes, and the command that checks the machine.
    private void StubService(string check)
    {
        _bench.Write("scripts/sandboxes-demo.mjs", "");
        _bench.Write(
            "tests/KernelGateway.FunctionalTests/clients/package.json",
            "{\n  \"dependencies\": {\n    \"@e2b/code-interpreter\": \"1.2.3\"\n  }\n}\n");
        const string Serve = "echo 'API key: e2b_key'; echo 'Listening on http://localhost:8123'; exec sleep 100";
        _bench.Set("SERVER", $"case $3 in check) {check} ;; serve) {Serve} ;; esac");
    }

    // A stub interpreter that creates a virtual environment. Modules can be imported after they were installed.
    private void StubPython(bool canInstall)
    {
        _bench.Set("USER_ID", OtherUser).Set("INSTALLED", "false").Set("CAN_INSTALL", canInstall ? "0" : "1");
        _bench.WriteScript("stubs/python", "[ -e \"$(dirname \"$0\")/installed\" ]");
        _bench.WriteScript(
            "stubs/pip", $"echo \"pip $*\" >> '{_bench.PathOf("calls")}'\n[ $CAN_INSTALL = 0 ] || exit 1\ntouch \"$(dirname \"$0\")/installed\"");
        _bench.Stub("python3", $"mkdir -p \"$3/bin\" && cp '{_bench.PathOf("stubs/python")}' '{_bench.PathOf("stubs/pip")}' \"$3/bin\"");
    }

    private string[] Tests() => [.. _bench.Calls.Where(call => call.StartsWith("dotnet test tests/"))];

    private string[] Soaks() => [.. _bench.Calls.Where(call => call.StartsWith("dotnet run"))];
}
