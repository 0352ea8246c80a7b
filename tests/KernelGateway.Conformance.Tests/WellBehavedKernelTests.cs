using FluentAssertions;
using KernelGateway.Conformance.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Conformance.Tests;

public sealed class WellBehavedKernelTests
{
    [Test]
    [CancelAfter(180_000)]
    public async Task A_good_kernel_passes_everything_that_applies_to_it(CancellationToken cancellationToken)
    {
        var kernels = new ScriptedKernels();
        await using var target = kernels.CreateTarget();

        var report = await ConformanceRun.RunAsync(target, kernels.CreateOptions(), cancellationToken: cancellationToken);

        report.Results.Where(result => result.Outcome == CheckOutcome.Fail).Select(result =>
            $"{result.Check.Id}: {result.Seen}").Should().BeEmpty();
        report.Results.Where(result => result.Outcome == CheckOutcome.NotApplicable).Select(result =>
            result.Check.Id).Should().BeSubsetOf(
        [
            "info.help-links", "info.supported-features", "info.debugger", "execute.user-expressions", "execute.bad-expression",
                "execute.payload",
            "is_complete.invalid", "connect.reply", "debug.info", "debug.form", "debug.initialize", "debug.dump-cell",
                "subshell.list", "subshell.concurrent",
        ]);
        report.Results.Should().HaveSameCount(ConformanceRun.Checks);
        report.IsPassed.Should().BeTrue();
    }

    [Test]
    public void There_are_at_least_sixty_checks_with_ids_of_their_own()
    {
        ConformanceRun.Checks.Should().HaveCountGreaterThan(60);
        ConformanceRun.Checks.Select(check => check.Id).Should().OnlyHaveUniqueItems();
        ConformanceRun.Checks.Should().OnlyContain(check => check.Requirement.Length > 0 && check.Section.Length > 0);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task An_unknown_language_makes_checks_with_code_not_applicable(CancellationToken cancellationToken)
    {
        var kernels = new ScriptedKernels();
        await using var target = kernels.CreateTarget();
        var options = new ConformanceOptions();
        options.Only.UnionWith(["execute.stdout", "stdin.request", "display.update"]);

        var report = await ConformanceRun.RunAsync(target, options, cancellationToken: cancellationToken);

        report.Results.Should().OnlyContain(result => result.Outcome == CheckOutcome.NotApplicable
            && result.Seen.Contains("echo"));
        report.IsPassed.Should().BeFalse("a check without a result has not passed");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task An_unknown_check_name_is_refused(CancellationToken cancellationToken)
    {
        var kernels = new ScriptedKernels();
        await using var target = kernels.CreateTarget();
        var options = new ConformanceOptions();
        options.Only.Add("nonsense");

        var run = () => ConformanceRun.RunAsync(target, options, cancellationToken: cancellationToken);

        (await run.Should().ThrowAsync<ArgumentException>()).WithMessage("*nonsense*wire*");
        kernels.Started.Should().BeEmpty("no kernel was started");
    }
}
