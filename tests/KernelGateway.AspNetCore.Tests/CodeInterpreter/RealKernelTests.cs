using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.CodeInterpreter;

/// <summary>Behaviour that only a real kernel shows: ipykernel behind real HTTP.</summary>
[Category("RequiresKernel")]
public class RealKernelTests
{
    private const int TestTimeout = 120_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Python_prints_computes_displays_and_raises(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartWithPythonAsync();

        var printed = await RunAsync(server, "print('hello')", cancellationToken);
        var computed = await RunAsync(server, "x =1; x", cancellationToken);
        var text = await RunAsync(server, "'snow ☃'", cancellationToken);
        var latex = await RunAsync(server, "from IPython.display import display\ndisplay({'text/latex': '$x$'}, raw=True)", cancellationToken);
        var raised = await RunAsync(server, "undefined_name", cancellationToken);

        printed.Where(line => (string?)line["type"] == "stdout").Should().ContainSingle().Which["text"]!.Value<string>().Should().Be("hello\n");
        Result(computed)["text"]!.Value<string>().Should().Be("1");
        Result(text)["text"]!.Value<string>().Should().Be("snow ☃");
        Result(latex).Properties().Select(property => property.Name).Should().Equal("type", "latex", "extra", "is_main_result");
        raised.Where(line => (string?)line["type"] == "error").Should().ContainSingle().Which["name"]!.Value<string>().Should().Be("NameError");
        raised[0]["execution_count"]!.Value<int>().Should().Be(5);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Execution_without_history_is_not_counted_and_not_recorded(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartWithPythonAsync();

        await RunAsync(server, "pass", cancellationToken, new JObject { ["store_history"] = false });
        var counted = await RunAsync(server, "In", cancellationToken);

        Result(counted)["text"]!.Value<string>().Should().Be("['', 'In']", "the first cell is in the history, and nothing before it");
        counted[0]["execution_count"]!.Value<int>().Should().Be(1);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Variables_of_one_execution_arrive_unchanged_and_are_gone_in_the_next(CancellationToken cancellationToken)
    {
        const string Value = "'\"\\ \n%s {} $HOME ☃ \ud83d\ude00";
        await using var server = await GatewayServer.StartWithPythonAsync();

        var set = await RunAsync(
            server, "import os; print(os.environ['FOO'], end='')", cancellationToken, new JObject { ["env_vars"] = new JObject { ["FOO"] = Value } });
        var gone = await RunAsync(server, "os.environ.get('FOO', 'unset')", cancellationToken);

        string.Concat(set.Where(line => (string?)line["type"] == "stdout").Select(line => (string?)line["text"])).Should().Be(Value);
        Result(gone)["text"]!.Value<string>().Should().Be("unset");
        gone[0]["execution_count"]!.Value<int>().Should().Be(2, "requests for the variables are not counted as executions");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Context_stays_usable_with_its_state_after_a_client_left_a_long_sleep(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartWithPythonAsync();
        await RunAsync(server, "kept = 41", cancellationToken);
        var stream = await server.Client.ExecuteAsync("print('asleep', flush=True)\nimport time\ntime.sleep(300)", cancellationToken);
        await stream.ReadUntilAsync("stdout", cancellationToken);

        stream.Dispose();
        var next = await RunAsync(server, "kept + 1", cancellationToken);

        Result(next)["text"]!.Value<string>().Should().Be("42");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Killed_kernel_is_reported_with_its_signal_and_replaced(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartWithPythonAsync();

        var killed = await RunAsync(server, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", cancellationToken);
        var next = await RunAsync(server, "'alive'", cancellationToken);

        killed[^2]["name"]!.Value<string>().Should().Be("ContextRestarting");
        killed[^1]["reason"]!.Value<string>().Should().Be("kernel_died");
        killed[^1]["signal"]!.Value<int>().Should().Be(9);
        Result(next)["text"]!.Value<string>().Should().Be("alive");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Megabytes_of_output_arrive_whole(CancellationToken cancellationToken)
    {
        const int Chunks = 16;
        await using var server = await GatewayServer.StartWithPythonAsync();

        var lines = await RunAsync(
            server,
            $"import sys\nfor i in range({Chunks}):\n    sys.stdout.write(chr(97 + i) * (1 << 20))\n    sys.stdout.flush()",
            cancellationToken);

        var output = string.Concat(lines.Where(line => (string?)line["type"] == "stdout").Select(line => (string?)line["text"]));
        output.Should().HaveLength(Chunks << 20);
        for (var i = 0; i < Chunks; i++) output.AsSpan(i << 20, 1 << 20).ContainsAnyExcept((char)('a' + i)).Should().BeFalse($"chunk {i} is whole");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Working_directory_that_does_not_exist_is_named_and_leaves_no_context(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartWithPythonAsync();

        using var response = await server.Client.PostJsonAsync("/contexts", new JObject { ["cwd"] = "/no/such/directory" }, cancellationToken);

        ((int)response.StatusCode).Should().Be(500);
        (await response.Content.ReadAsStringAsync(cancellationToken))
            .Should().StartWith("Failed to create context: ").And.Contain("/no/such/directory");
        server.Gateway.Contexts.List().Should().BeEmpty();
    }

    private static async Task<List<JObject>> RunAsync(
        GatewayServer server, string code, CancellationToken cancellationToken, JObject? more = null)
    {
        using var stream = await server.Client.ExecuteAsync(code, cancellationToken, more);
        return await stream.ReadAllAsync(cancellationToken);
    }

    private static JObject Result(IEnumerable<JObject> lines) =>
        lines.Should().ContainSingle(line => (string?)line["type"] == "result").Subject;
}
