using System.Diagnostics;
using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Kernels;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Kernels;

[RequiresKernel]
public sealed class AttachedKernelTests
{
    [Test]
    [CancelAfter(60_000)]
    public async Task A_kernel_started_by_another_program_is_used_and_left_running(CancellationToken cancellationToken)
    {
        await using var owner = await PythonGateway.StartAsync(cancellationToken);
        await owner.Context.RunAsync("x = 'shared'", cancellationToken: cancellationToken);

        await using (var guest = await PythonGateway.StartGatewayAsync(null, cancellationToken))
        {
            var attached = await guest.Contexts.AttachAsync(ConnectionFileOf(owner), cancellationToken: cancellationToken);
            attached.Language.Should().Be("python");
            (await attached.RunAsync("x", cancellationToken: cancellationToken)).Text.Should().Be("'shared'");
            await guest.Contexts.RemoveAsync(attached.Id);
        }

        (await owner.Context.RunAsync("x", cancellationToken: cancellationToken)).Text.Should().Be("'shared'", "the kernel keeps running");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Results_of_two_clients_of_one_kernel_never_mix(CancellationToken cancellationToken)
    {
        await using var owner = await PythonGateway.StartAsync(cancellationToken);
        await using var guest = await PythonGateway.StartGatewayAsync(null, cancellationToken);
        var attached = await guest.Contexts.AttachAsync(ConnectionFileOf(owner), cancellationToken: cancellationToken);

        var mine = Enumerable.Range(0, 20).Select(i => owner.Context.Submit($"print('owner {i}')")).ToList();
        var theirs = Enumerable.Range(0, 20).Select(i => attached.Submit($"print('guest {i}')")).ToList();

        for (var i = 0; i < 20; i++)
        {
            string.Concat((await mine[i].WaitAsync(cancellationToken)).Logs.Stdout).Should().Be($"owner {i}\n");
            string.Concat((await theirs[i].WaitAsync(cancellationToken)).Logs.Stdout).Should().Be($"guest {i}\n");
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task The_loss_of_an_attached_kernel_ends_its_execution(CancellationToken cancellationToken)
    {
        await using var owner = await PythonGateway.StartAsync(cancellationToken, options => options.Kernels.MaxRestarts = 0);
        await using var guest = await PythonGateway.StartGatewayAsync(
            options => options.Kernels.ConnectionLossGrace = TimeSpan.FromMilliseconds(300), cancellationToken);
        var attached = await guest.Contexts.AttachAsync(ConnectionFileOf(owner), cancellationToken: cancellationToken);
        var running = attached.Submit("import time\nprint('on', flush=True)\ntime.sleep(300)");
        await ExecutionSignals.OutputAsync(running, cancellationToken);

        Process.GetProcessById(owner.Context.Kernel.ProcessId!.Value).Kill();

        (await running.Ended).Reason.Should().Be(ExecutionEndReason.KernelDied);
        (await attached.RunAsync("1", cancellationToken: cancellationToken)).End.Reason.Should().Be(ExecutionEndReason.Rejected);
        attached.Kernel.State.Should().Be(KernelState.Dead);
    }

    private static string ConnectionFileOf(PythonGateway owner) => owner.Context.Kernel.ConnectionFilePath!;
}
