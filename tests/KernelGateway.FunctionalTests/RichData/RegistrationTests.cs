using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.RichData;

[RequiresKernel]
public sealed class RegistrationTests
{
    // Everything that code can see of a fresh kernel.
    private const string Look =
        """
        import sys
        (sorted(dir()), sys.path, sorted(sys.modules), sorted(get_ipython().user_ns), sorted(globals()),
         [line[2] for line in get_ipython().history_manager.get_range()][:-1], get_ipython().execution_count,
         sys.displayhook, sys.excepthook, sorted(__builtins__.__dict__ if hasattr(__builtins__, '__dict__') else __builtins__))
        """;

    [Test]
    [CancelAfter(60_000)]
    public async Task The_users_code_sees_nothing_of_it(CancellationToken cancellationToken)
    {
        await using var plain = await PythonGateway.StartAsync(cancellationToken, options => options.RichData.IsEnabled = false);
        await using var rich = await PythonGateway.StartAsync(cancellationToken);

        var expected = await plain.Context.RunAsync(Look, cancellationToken: cancellationToken);
        var seen = await rich.Context.RunAsync(Look, cancellationToken: cancellationToken);

        seen.ExecutionCount.Should().Be(1);
        WithoutAddresses(seen.Text!).Should().Be(WithoutAddresses(expected.Text!));
        (await rich.Context.RunAsync("[1]", cancellationToken: cancellationToken)).Results[0].Json.ShouldBeJson("[1]", "rich data is active");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Nothing_heavy_is_imported_until_the_user_does(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        const string Heavy = "import sys\nprint([name for name in ('numpy', 'pandas', 'matplotlib', 'PIL') if name in sys.modules])";

        var atFirst = await python.Context.RunAsync(Heavy, cancellationToken: cancellationToken);
        await python.Context.RunAsync("display([1], {'a': 2}, object())", cancellationToken: cancellationToken);
        var afterValues = await python.Context.RunAsync(Heavy, cancellationToken: cancellationToken);
        await python.Context.RunAsync("import PIL.Image", cancellationToken: cancellationToken);
        var afterPillow = await python.Context.RunAsync(Heavy, cancellationToken: cancellationToken);
        var finders = await python.Context.RunAsync("print([one for one in sys.meta_path if 'Pillow' in repr(one)])", cancellationToken: cancellationToken);

        Stdout(atFirst).Should().Be("[]\n");
        Stdout(afterValues).Should().Be("[]\n");
        Stdout(afterPillow).Should().Be("['PIL']\n");
        Stdout(finders).Should().Be("[]\n", "the import hook is removed when Pillow is loaded");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Tracebacks_carry_no_colours(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        var failed = await python.Context.RunAsync("def f():\n    return 1 / 0\nf()", cancellationToken: cancellationToken);
        var broken = await python.Context.RunAsync("1 +", cancellationToken: cancellationToken);

        string.Concat(failed.Error!.Traceback).Should().Contain("ZeroDivisionError").And.NotContain("\u001b");
        string.Concat(broken.Error!.Traceback).Should().Contain("SyntaxError").And.NotContain("\u001b");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task It_is_there_again_after_a_restart_and_after_a_death(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        await python.Context.RestartAsync(cancellationToken);
        var restarted = await python.Context.RunAsync("[1]", cancellationToken: cancellationToken);
        await python.Context.RunAsync("import os; os.kill(os.getpid(), 9)", cancellationToken: cancellationToken);
        var replaced = await python.Context.RunAsync("[2]", cancellationToken: cancellationToken);

        restarted.Results[0].Json.ShouldBeJson("[1]");
        restarted.ExecutionCount.Should().Be(1);
        replaced.Results[0].Json.ShouldBeJson("[2]");
        replaced.ExecutionCount.Should().Be(1);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task An_attached_kernel_is_prepared_once_however_many_gateways_attach(CancellationToken cancellationToken)
    {
        await using var owner = await PythonGateway.StartAsync(cancellationToken, options => options.RichData.IsEnabled = false);
        await owner.Context.RunAsync("import PIL.Image; x = [1]", cancellationToken: cancellationToken);
        await using var first = await PythonGateway.StartGatewayAsync(null, cancellationToken);
        await using var second = await PythonGateway.StartGatewayAsync(null, cancellationToken);

        (await owner.Context.RunAsync("x", cancellationToken: cancellationToken)).Results[0].Json.Should().BeNull();
        foreach (var gateway in new[] { first, second })
        {
            var attached = await AttachAsync(gateway, owner, cancellationToken);
            (await attached.RunAsync("x", cancellationToken: cancellationToken)).Results[0].Json.ShouldBeJson("[1]");
            (await attached.RunAsync("import os, tempfile; PIL.Image.new('1', (1, 1)).save(os.path.join(tempfile.mkdtemp(), 'i.png'))", cancellationToken: cancellationToken))
                .Results.Should().ContainSingle("a saved image is shown once, also when Pillow was loaded first");
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Attached_kernels_are_left_as_they_are_when_asked(CancellationToken cancellationToken)
    {
        await using var owner = await PythonGateway.StartAsync(cancellationToken, options => options.RichData.IsEnabled = false);
        await using var guest = await PythonGateway.StartGatewayAsync(options => options.RichData.IncludesAttachedKernels = false, cancellationToken);
        var attached = await AttachAsync(guest, owner, cancellationToken);

        (await attached.RunAsync("[1]", cancellationToken: cancellationToken)).Results[0].Json.Should().BeNull();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Each_part_of_it_can_be_left_out(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken, options =>
        {
            options.RichData.PrintsWholeText = false;
            options.RichData.PrintsWithoutColors = false;
            options.RichData.MaxBytes = 100;
        });

        var text = await python.Context.RunAsync("list(range(3000))", cancellationToken: cancellationToken);
        var failed = await python.Context.RunAsync("1 / 0", cancellationToken: cancellationToken);
        var small = await python.Context.RunAsync("[1]", cancellationToken: cancellationToken);

        text.Text.Should().EndWith("...]");
        text.Results[0].Json.Should().BeNull("the data is larger than MaxBytes");
        string.Concat(failed.Error!.Traceback).Should().Contain("\u001b");
        small.Results[0].Json.ShouldBeJson("[1]");
    }

    [TestCase("xpython", true)]
    [TestCase("xpython-raw", false)]
    [Category("EveryVariant")]
    [CancelAfter(60_000)]
    public async Task Xpython_is_prepared_with_ipython_and_unharmed_without(string kernelSpec, bool isRich, CancellationToken cancellationToken)
    {
        await using var gateway = await PythonGateway.StartGatewayAsync(null, cancellationToken);
        if (!(await gateway.KernelSpecs.ListAsync(cancellationToken)).Any(spec => spec.Name == kernelSpec)) Assert.Ignore($"{kernelSpec} is not installed.");
        var context = await gateway.Contexts.CreateAsync(new CreateContextOptions { KernelSpecName = kernelSpec }, cancellationToken);

        var result = await context.RunAsync("[1, 'a']", cancellationToken: cancellationToken);
        var names = await context.RunAsync("print([name for name in dir() if not name.startswith('_')])", cancellationToken: cancellationToken);

        result.ExecutionCount.Should().Be(1);
        result.Text.Should().Be("[1, 'a']");
        if (isRich) result.Results[0].Json.ShouldBeJson("[1, 'a']");
        else result.Results[0].Json.Should().BeNull();
        Stdout(names).Should().NotContain("parts").And.NotContain("register");
        names.Error.Should().BeNull();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task An_interrupt_right_after_the_start_hits_the_users_code_alone(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        var execution = python.Context.Submit("import time; time.sleep(300)");
        await execution.InterruptAsync(cancellationToken);

        (await execution.Ended).Reason.Should().Be(ExecutionEndReason.Interrupted);
        (await python.Context.RunAsync("[1]", cancellationToken: cancellationToken)).Results[0].Json.ShouldBeJson("[1]");
    }

    private static Task<CodeContext> AttachAsync(Gateway guest, PythonGateway owner, CancellationToken cancellationToken) =>
        guest.Contexts.AttachAsync(owner.Context.Kernel.ConnectionFilePath!, cancellationToken: cancellationToken);

    private static string Stdout(Execution execution) => string.Concat(execution.Logs.Stdout);

    private static string WithoutAddresses(string text) => System.Text.RegularExpressions.Regex.Replace(text, "0x[0-9a-f]+", "0x");
}
