using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Executions;

[RequiresKernel]
public sealed class ExecutionVariablesTests
{
    private static readonly Dictionary<string, string> Awkward = new()
    {
        ["QUOTES"] = "'single' \"double\" '''three''' \"\"\"three\"\"\" \\ \\n",
        ["LINES"] = "one\ntwo\r\nthree\n",
        ["PERCENT"] = "%time %% %s %(x)s",
        ["BRACES"] = "{} {0} {x} ${HOME} $HOME `id`",
        ["UNICODE"] = "zażółć 日本語 🙂 \u2028",
        ["EMPTY"] = "",
        ["CODE"] = "'); import os; os._exit(1) #",
    };

    [Test]
    [CancelAfter(60_000)]
    public async Task Any_value_arrives_unchanged_and_is_removed_afterwards(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        var during = await python.Context.RunAsync(
            $"import os, json\nprint(json.dumps([os.environ.get(n) for n in {Names}]))",
            new ExecutionOptions { EnvironmentVariables = Awkward },
            cancellationToken: cancellationToken);
        var after = await python.Context.RunAsync($"[n for n in {Names} if n in os.environ]", cancellationToken: cancellationToken);

        during.Error.Should().BeNull();
        Newtonsoft.Json.JsonConvert.DeserializeObject<string[]>(string.Concat(during.Logs.Stdout)).Should().Equal(Awkward.Values);
        after.Text.Should().Be("[]");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task An_overridden_variable_of_the_context_comes_back([Values("None", "1 / 0")] string code, CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(
            cancellationToken, context: new() { EnvironmentVariables = new Dictionary<string, string> { ["FOO"] = "context" } });

        await python.Context.RunAsync(
            code,
            new ExecutionOptions { EnvironmentVariables = new Dictionary<string, string> { ["FOO"] = "execution" } },
            cancellationToken: cancellationToken);

        var after = await python.Context.RunAsync("import os; print(os.environ['FOO'])", cancellationToken: cancellationToken);
        string.Concat(after.Logs.Stdout).Should().Be("context\n");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Variables_come_back_after_an_interrupt(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        var execution = python.Context.Submit(
            "import time\nprint('on', flush=True)\ntime.sleep(300)",
            new ExecutionOptions { EnvironmentVariables = new Dictionary<string, string> { ["FOO"] = "execution" } });
        await ExecutionSignals.OutputAsync(execution, cancellationToken);
        await execution.InterruptAsync(cancellationToken);

        (await python.Context.RunAsync("import os; 'FOO' in os.environ", cancellationToken: cancellationToken)).Text.Should().Be("False");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Magics_line_numbers_history_and_count_are_those_of_the_users_code_alone(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        var options = new ExecutionOptions { EnvironmentVariables = new Dictionary<string, string> { ["GREETING"] = "hello $USER" } };

        var magic = await python.Context.RunAsync("%%bash\necho \"$GREETING\"", options, cancellationToken: cancellationToken);
        var failing = await python.Context.RunAsync("x = 1\nraise ValueError('line two')", options, cancellationToken: cancellationToken);
        var names = await python.Context.RunAsync("[n for n in dir() if not n.startswith('_')]", options, cancellationToken: cancellationToken);
        var history = await python.Context.RunAsync("[line[2] for line in get_ipython().history_manager.get_range()]", cancellationToken: cancellationToken);

        string.Concat(magic.Logs.Stdout).Should().Be("hello $USER\n");
        string.Concat(failing.Error!.Traceback).Should().Contain("line 2");
        names.Text.Should().Be("['In', 'Out', 'exit', 'get_ipython', 'quit', 'x']");
        history.Text.Should().StartWith("['%%bash\\necho").And.NotContain("exec(");
        new[] { magic, failing, names, history }.Select(execution => execution.ExecutionCount).Should().Equal(1, 2, 3, 4);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_name_that_no_variable_can_have_is_refused(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        foreach (var name in new[] { "", "A=B", "A\0B" })
        {
            var options = new ExecutionOptions { EnvironmentVariables = new Dictionary<string, string> { [name] = "x" } };
            FluentActions.Invoking(() => python.Context.Submit("1", options)).Should().Throw<ArgumentException>();
        }
    }

    private static string Names => "[" + string.Join(", ", Awkward.Keys.Select(name => name.Quoted())) + "]";
}
