using System.Globalization;
using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Kernels;

/// <summary>Code that damages what the kernel's own Python code needs: the cell ends, no output is lost, and the next cell runs.</summary>
[RequiresKernel]
public sealed class GuardedPythonTests
{
    private const int TestTimeout = 60_000;

    // A kernel that hangs is recognised by this limit instead of the time limit of the test.
    private static readonly ExecutionOptions Limited = new() { Timeout = TimeSpan.FromSeconds(20) };

    [TestCase(true)]
    [TestCase(false)]
    [CancelAfter(TestTimeout)]
    public async Task A_decimal_context_of_one_digit_changes_nothing_for_the_kernel_guarded_or_not(bool isGuarded, CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken, options => options.Kernels.GuardsPython = isGuarded);

        var set = await RunAsync(python, "import decimal; decimal.getcontext().prec = 1; print('set')", cancellationToken);
        var next = await RunAsync(python, "print('alive')", cancellationToken);

        Stdout(set).Should().Be("set\n");
        Stdout(next).Should().Be("alive\n");
    }

    [TestCase("import sys, os; sys.stdout = open(os.devnull, 'w'); sys.stdout.close()")]
    [TestCase("import sys; sys.stdout.close()")]
    [TestCase("import sys; sys.stdout = sys.stderr = None")]
    [TestCase("import sys; del sys.stdout")]
    [TestCase("import sys; sys.stdout = object()")]
    [TestCase("import sys\nclass Broken:\n    def flush(self): raise KeyboardInterrupt\nsys.stdout = Broken()")]
    [CancelAfter(TestTimeout)]
    public async Task A_stream_that_is_closed_or_replaced_ends_neither_the_cell_nor_the_next(string code, CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        // After some of these changes IPython itself fails, because it needs a stream.
        (await RunAsync(python, code, cancellationToken)).End.Reason.Should().BeOneOf(ExecutionEndReason.Completed, ExecutionEndReason.Error);
        (await RunAsync(python, "6 * 7", cancellationToken)).Text.Should().Be("42");
        (await RunAsync(python, "1 / 0", cancellationToken)).Error!.Name.Should().Be("ZeroDivisionError");
        var restored = await RunAsync(python, "import sys, os; sys.stdout = sys.__stdout__\nos.system('echo child')", cancellationToken);
        Stdout(restored).Should().Be("child\n");
    }

    [TestCase("python3")]
    [TestCase("xpython", Category = "EveryVariant")]
    [CancelAfter(TestTimeout)]
    public async Task Half_a_surrogate_pair_becomes_a_replacement_character_and_nothing_around_it_is_lost(string kernelSpec, CancellationToken cancellationToken)
    {
        await using var python = await StartAsync(kernelSpec, cancellationToken);

        var printed = await RunAsync(python, "print('before'); print('\\ud800'); print('after')", cancellationToken);
        var raised = await RunAsync(python, "raise ValueError('a\\ud800b')", cancellationToken);
        var displayed = await RunAsync(python, "display({'text/plain': 'q\\udfff', 'text/html': '\\ud83d\\ude00'}, raw=True)", cancellationToken);
        var result = await RunAsync(python, "class Odd:\n    def __repr__(self): return 'r\\ud800'\nOdd()", cancellationToken);

        Stdout(printed).Should().Be("before\n\ufffd\nafter\n");
        printed.Logs.Stderr.Should().BeEmpty();
        raised.Error!.Value.Should().Be("a\ufffdb");
        raised.End.Reason.Should().Be(ExecutionEndReason.Error);
        displayed.Results[0].Data.Text.Should().Be("q\ufffd");
        displayed.Results[0].Data.Html.Should().Be("\ud83d\ude00");
        result.Text.Should().Be("r\ufffd");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Exception_that_cannot_be_described_ends_the_cell_with_an_error(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        var raised = await RunAsync(python, "class Odd(Exception):\n    def __str__(self): return 1 / 0\nraise Odd()", cancellationToken);

        raised.End.Reason.Should().Be(ExecutionEndReason.Error);
        (await RunAsync(python, "6 * 7", cancellationToken)).Text.Should().Be("42");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task An_interrupt_that_hits_the_kernel_before_the_code_is_answered(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        await RunAsync(
            python,
            """
            kernel = get_ipython().kernel
            publish = kernel._publish_execute_input
            def interrupted(*arguments):
                kernel._publish_execute_input = publish
                raise KeyboardInterrupt
            kernel._publish_execute_input = interrupted
            """,
            cancellationToken);

        var hit = await RunAsync(python, "print('never')", cancellationToken);

        (hit.End.ReplySeen, hit.Error!.Name, Stdout(hit)).Should().Be((true, "KeyboardInterrupt", ""));
        (await RunAsync(python, "6 * 7", cancellationToken)).Text.Should().Be("42");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Bytes_of_child_processes_that_are_not_text_arrive_with_replacement_characters(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        var random = await RunAsync(python, "import os; os.system('head -c 300000 /dev/urandom; echo; echo end'); print('ok')", cancellationToken);
        var next = await RunAsync(python, "code = os.system('printf \"a\\\\377b\\\\342\\\\202\\\\254\\\\n\"; echo error >&2')", cancellationToken);

        Stdout(random).Should().Contain("end\n").And.Contain("ok\n").And.Contain("\ufffd");
        Stdout(next).Should().Be("a\ufffdb\u20ac\n");
        string.Concat(next.Logs.Stderr).Should().Be("error\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_character_that_a_child_process_never_finishes_is_not_held_back(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        var execution = python.Context.Submit("import os, time\nos.system('printf \"\\\\342\\\\202\"')\ntime.sleep(300)");
        await ExecutionSignals.OutputAsync(execution, cancellationToken);
        await execution.InterruptAsync(cancellationToken);

        (await execution.WaitAsync(cancellationToken)).Logs.Stdout[0].Should().Be("\ufffd");
    }

    [TestCase("pid = os.fork()\nprint('child' if pid == 0 else 'parent')", 0)]
    [TestCase("pid = os.fork()\nif pid == 0: raise ValueError('in the child')", 1)]
    [TestCase("import asyncio\nawait asyncio.sleep(0)\npid = os.fork()", 0)]
    [CancelAfter(TestTimeout)]
    public async Task A_forked_child_leaves_when_its_cell_is_over(string code, int status, CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        (await RunAsync(python, "import os\n" + code, cancellationToken)).End.Reason.Should().Be(ExecutionEndReason.Completed);
        var waited = await RunAsync(python, "os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])", cancellationToken);

        waited.Text.Should().Be($"{status}");
        waited.ExecutionCount.Should().Be(2);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_forked_child_that_stays_in_a_kernel_without_guards_is_named(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken, options => options.Kernels.GuardsPython = false);
        python.Context.Kernel.FindForkedProcesses().Should().BeEmpty();

        var forked = await RunAsync(python, "import os\npid = os.fork()\npid or os.kill(os.getpid(), 19)\npid", cancellationToken);
        python.Context.Kernel.FindForkedProcesses().Should().Equal(int.Parse(forked.Text!, CultureInfo.InvariantCulture));

        await RunAsync(python, "os.kill(pid, 9); os.waitpid(pid, 0)", cancellationToken);
        python.Context.Kernel.FindForkedProcesses().Should().BeEmpty();
    }

    [TestCase("multiprocessing.get_context('fork').Pool(2).map(abs, [-1, -2])", "[1, 2]")]
    [TestCase("list(concurrent.futures.ProcessPoolExecutor(2).map(abs, [-1, -2]))", "[1, 2]")]
    [TestCase("subprocess.run(['echo', 'x'], capture_output=True, preexec_fn=os.getpid).stdout", "b'x\\n'")]
    [CancelAfter(TestTimeout)]
    public async Task Processes_of_Pythons_own_modules_work_as_ever(string code, string expected, CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        (await RunAsync(python, "import concurrent.futures, multiprocessing, os, subprocess\n" + code, cancellationToken)).Text.Should().Be(expected);
        (await RunAsync(python, "6 * 7", cancellationToken)).Text.Should().Be("42");
    }

    [TestCase("python3")]
    [TestCase("xpython", Category = "EveryVariant")]
    [CancelAfter(TestTimeout)]
    public async Task Contexts_do_not_see_each_others_history(string kernelSpec, CancellationToken cancellationToken)
    {
        await using var python = await StartAsync(kernelSpec, cancellationToken);
        var secret = $"secret_{Guid.NewGuid():N}";
        var one = await python.Gateway.Contexts.CreateAsync(new() { KernelSpecName = kernelSpec }, cancellationToken);
        await one.RunAsync($"{secret} = 1", cancellationToken: cancellationToken);
        await python.Gateway.Contexts.RemoveAsync(one.Id);

        var seen = await RunAsync(python, "mine = 1\n%history -g", cancellationToken);
        var own = await RunAsync(python, "%history", cancellationToken);

        Stdout(seen).Should().NotContain(secret);
        Stdout(own).Should().Contain("mine = 1");
    }

    [Test]
    [Category("EveryVariant")]
    [CancelAfter(2 * TestTimeout)]
    public async Task Octave_kernels_do_not_see_each_others_history(CancellationToken cancellationToken)
    {
        await using var octave = await StartAsync("octave", cancellationToken);
        var secret = $"secret_{Guid.NewGuid():N}";
        await octave.Context.RunAsync($"{secret} = 1", cancellationToken: cancellationToken);
        await octave.Gateway.Contexts.RemoveAsync(octave.Context.Id);
        var other = await octave.Gateway.Contexts.CreateAsync(new() { KernelSpecName = "octave" }, cancellationToken);

        Stdout(await other.RunAsync("history", cancellationToken: cancellationToken)).Should().NotContain(secret);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Last_stderr_lines_begin_after_the_kernel_was_ready(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        var died = await RunAsync(python, "import os; os.write(2, b'last words\\n'); import time; time.sleep(1); os._exit(3)", cancellationToken);
        var silent = await RunAsync(python, "import os; os._exit(4)", cancellationToken);

        died.End.Message.Should().Contain("last words").And.NotContain("frozen modules");
        silent.End.Message.Should().NotContain("standard error").And.NotContain("frozen modules");
    }

    private static async Task<PythonGateway> StartAsync(string kernelSpec, CancellationToken cancellationToken)
    {
        await using (var gateway = await PythonGateway.StartGatewayAsync(null, cancellationToken))
        {
            var installed = await gateway.KernelSpecs.ListAsync(cancellationToken);
            if (!installed.Any(spec => spec.Name == kernelSpec)) Assert.Ignore($"{kernelSpec} is not installed.");
        }

        // Octave's kernelspec starts any Python on the PATH. The kernel is installed for the system's Python.
        return await PythonGateway.StartAsync(
            cancellationToken,
            kernelSpec == "octave" ? options => options.Launching.PythonInterpreter = "/usr/bin/python3" : null,
            new CreateContextOptions { KernelSpecName = kernelSpec });
    }

    private static Task<Execution> RunAsync(PythonGateway python, string code, CancellationToken cancellationToken) =>
        python.Context.RunAsync(code, Limited, cancellationToken: cancellationToken);

    private static string Stdout(Execution execution) => string.Concat(execution.Logs.Stdout);
}
