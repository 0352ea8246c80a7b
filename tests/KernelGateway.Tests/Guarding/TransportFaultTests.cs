using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Launching;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using KernelGateway.Testing.Scripting;
using KernelGateway.Tests.Kernels;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace KernelGateway.Tests.Guarding;

[CancelAfter(30_000)]
public sealed class TransportFaultTests
{
    private const string Problem = "This transport knows no Unix sockets.";

    [Test]
    public async Task A_transport_that_cannot_open_channels_leaves_no_process(CancellationToken cancellationToken)
    {
        var transport = new FaultyTransport { OpenThrows = true };
        await using var scripted = await ScriptedGateway.StartAsync(gateway => gateway.Transport = transport);

        await FluentActions.Awaiting(() => scripted.CreateContextAsync(cancellationToken)).Should().ThrowAsync<IOException>();
        await scripted.Kernel.Stopped.WaitAsync(cancellationToken);
        transport.OpenThrows = false;
        var context = await scripted.CreateContextAsync(cancellationToken);

        (await context.RunAsync("return 1", cancellationToken: cancellationToken)).Text.Should().Be("1");
    }

    [Test]
    public async Task A_receive_that_fails_ends_the_kernel_which_is_restarted(CancellationToken cancellationToken)
    {
        var failing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var transport = new FaultyTransport { ReceiveFailsAfter = failing.Task };
        await using var scripted = await ScriptedGateway.StartAsync(gateway => gateway.Transport = transport);
        var context = await scripted.CreateContextAsync(cancellationToken);
        var running = context.Submit("wait gate");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        transport.ReceiveFailsAfter = null;

        failing.SetResult();

        var end = await running.Ended.WaitAsync(cancellationToken);
        end.Reason.Should().Be(ExecutionEndReason.KernelDied);
        end.Message.Should().Contain("lost its memory");
        (await context.RunAsync("return 1", cancellationToken: cancellationToken)).Text.Should().Be("1");
    }

    [Test]
    public async Task A_disposal_that_never_returns_is_given_up(CancellationToken cancellationToken)
    {
        var never = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var transport = new FaultyTransport { DisposalWaitsFor = never.Task };
        await using var scripted = await ScriptedGateway.StartAsync(gateway => gateway.Transport = transport);
        var context = await scripted.CreateContextAsync(cancellationToken);

        var removing = scripted.Gateway.Contexts.RemoveAsync(context.Id);
        await scripted.Time.WaitForTimerAsync(KernelConnection.DisposalLimit, cancellationToken);
        scripted.Time.Advance(KernelConnection.DisposalLimit);
        await scripted.Time.WaitForTimerAsync(KernelConnection.DisposalLimit, 2, cancellationToken);
        scripted.Time.Advance(KernelConnection.DisposalLimit);

        await removing.WaitAsync(cancellationToken);
        await scripted.Log.WaitForAsync(3131, cancellationToken);
        never.SetResult();
    }

    [Test]
    public async Task Unix_sockets_that_the_transport_cannot_reach_are_refused_at_the_start()
    {
        var starting = FluentActions.Awaiting(() => ScriptedGateway.StartAsync(gateway =>
        {
            gateway.Transport = new FaultyTransport { IpcProblem = Problem };
            gateway.Options.Launching.IpcKernels.Add("echo");
        }));

        await starting.Should().ThrowAsync<OptionsValidationException>().WithMessage($"Launching.IpcKernels: {Problem}");
    }

    [Test]
    public async Task A_running_kernel_on_addresses_that_the_transport_cannot_reach_is_refused_with_its_reason(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync(gateway => gateway.Transport = new FaultyTransport { IpcProblem = Problem });
        await using var kernel = await ScriptedKernel.StartAsync(new ScriptedKernelOptions { Transport = KernelTransport.Ipc }, cancellationToken);
        var file = Path.Combine(Path.GetDirectoryName(kernel.ConnectionInfo.Ip)!, "kernel.json");
        await kernel.WriteConnectionFileAsync(file, cancellationToken);

        var attaching = FluentActions.Awaiting(() => scripted.Gateway.Contexts.AttachAsync(file, cancellationToken: cancellationToken));

        var failure = (await attaching.Should().ThrowAsync<KernelLaunchException>().WithMessage(Problem)).Which;
        failure.Reason.Should().Be(LaunchFailureReason.AddressNotSupported);
        failure.IsTransient.Should().BeFalse();
        scripted.Gateway.Contexts.List().Should().BeEmpty();
    }
}
