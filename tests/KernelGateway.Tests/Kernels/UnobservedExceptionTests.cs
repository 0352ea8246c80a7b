using System.Collections.Concurrent;
using FluentAssertions;
using KernelGateway.Launching;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Tests.Guarding;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Kernels;

/// <summary>Not parallel, because the event of unobserved exceptions belongs to the whole process.</summary>
[NonParallelizable]
[CancelAfter(60_000)]
[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class UnobservedExceptionTests(TestedTransport tested)
{
    [Test]
    public async Task Kernels_that_end_badly_leave_no_exception_unobserved(CancellationToken cancellationToken)
    {
        var unobserved = new ConcurrentQueue<Exception>();
        EventHandler<UnobservedTaskExceptionEventArgs> note = (_, e) => unobserved.Enqueue(e.Exception);
        TaskScheduler.UnobservedTaskException += note;
        try
        {
            for (var i = 0; i < 10; i++) await EndBadlyAsync(cancellationToken);
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= note;
        }

        unobserved.Should().BeEmpty();
    }

    private async Task EndBadlyAsync(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var running = context.Submit("wait gate");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);

        // Requests to a kernel that is busy and then dies. Nobody awaits their replies.
        var asking = context.Kernel.Client.GetKernelInfoAsync(cancellationToken);
        using (var impatient = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            var given = context.Kernel.Client.CompleteAsync(new CompleteRequest { Code = "p", CursorPosition = 1 }, impatient.Token);
            await impatient.CancelAsync();
            await ((Task)given).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var client = context.Kernel.Client;
        scripted.Prepare = kernel => kernel.IsSilent = true;
        scripted.Wrap = process => new FaultyProcess(process) { ExitedInstead = Task.FromResult(new KernelExit(7, null)) };
        await scripted.Process.ExitAsync(new KernelExit(null, 9));
        await running.Ended;
        await ((Task)asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // The connection is already closed. Both the send and the registered waiter for the reply fail.
        var message = MessageFactory.StartSession().Create(new KernelInfoRequest());
        await client.SendAsync(KernelChannel.Shell, message, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await scripted.Gateway.Contexts.RemoveAsync(context.Id);
    }
}
