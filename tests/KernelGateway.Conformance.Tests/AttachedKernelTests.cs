using FluentAssertions;
using KernelGateway.Conformance.Targets;
using KernelGateway.Conformance.Tests.Support;
using KernelGateway.Protocol.Messages;
using NUnit.Framework;

namespace KernelGateway.Conformance.Tests;

public sealed class AttachedKernelTests
{
    [Test]
    [CancelAfter(120_000)]
    public async Task A_running_kernel_is_not_ended_and_not_put_at_risk(CancellationToken cancellationToken)
    {
        var kernels = new ScriptedKernels();
        await using var kernel = await kernels.StartAsync(cancellationToken);
        await using var target = ConformanceTarget.Attach(kernel.ConnectionInfo);

        var report = await ConformanceRun.RunAsync(target, kernels.CreateOptions(), cancellationToken: cancellationToken);

        report.Results.Where(result => result.Check.IsDestructive).Should().OnlyContain(result =>
            result.Outcome == CheckOutcome.NotApplicable);
        report.IsPassed.Should().BeTrue();
        kernel.Stopped.IsCompleted.Should().BeFalse();
        kernel.Received.Items.Should().OnlyContain(received => received.Message != null,
            "nothing malformed or unsigned was sent");
        kernel.Received.Items.Select(received => received.Message!.MessageType)
            .Should().NotContain([MessageTypes.ShutdownRequest, MessageTypes.InterruptRequest]);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Destructive_checks_run_when_they_are_allowed(CancellationToken cancellationToken)
    {
        var kernels = new ScriptedKernels();
        await using var kernel = await kernels.StartAsync(cancellationToken);
        await using var target = ConformanceTarget.Attach(kernel.ConnectionInfo);
        var options = kernels.CreateOptions();
        options.AllowsDestructiveChecks = true;
        options.Only.Add("shutdown.reply");

        var report = await ConformanceRun.RunAsync(target, options, cancellationToken: cancellationToken);

        report.Results.Should().ContainSingle().Which.Outcome.Should().Be(CheckOutcome.Pass);
        await kernel.Stopped.WaitAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_kernel_that_never_answers_cannot_be_examined(CancellationToken cancellationToken)
    {
        var kernels = new ScriptedKernels(kernel => kernel.IsSilent = true);
        await using var kernel = await kernels.StartAsync(cancellationToken);
        await using var target = ConformanceTarget.Attach(kernel.ConnectionInfo);
        var options = kernels.CreateOptions();
        options.Timeout = TimeSpan.FromMilliseconds(50);

        var run = () => ConformanceRun.RunAsync(target, options, cancellationToken: cancellationToken);

        await run.Should().ThrowAsync<KernelUnreachableException>();
    }
}
