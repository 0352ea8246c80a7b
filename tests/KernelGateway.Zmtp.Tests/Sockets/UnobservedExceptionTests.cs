using System.Collections.Concurrent;
using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Sockets;

/// <summary>Not parallel, because the event of unobserved exceptions belongs to the whole process.</summary>
[NonParallelizable]
[CancelAfter(60_000)]
public sealed class UnobservedExceptionTests
{
    [Test]
    public async Task Connections_that_end_badly_leave_no_exception_unobserved(CancellationToken token)
    {
        var unobserved = new ConcurrentQueue<Exception>();
        EventHandler<UnobservedTaskExceptionEventArgs> note = (_, e) => unobserved.Enqueue(e.Exception);
        TaskScheduler.UnobservedTaskException += note;
        try
        {
            for (var i = 0; i < 20; i++)
                await EndBadlyAsync(token);
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

    private static async Task EndBadlyAsync(CancellationToken token)
    {
        await using var router = new RouterSocket(new ZmtpSocketOptions { Linger = TimeSpan.Zero });
        await using var dealer = new DealerSocket(new ZmtpSocketOptions { Linger = TimeSpan.Zero });
        var endpoint = await router.BindAsync("tcp://127.0.0.1:0", token);
        dealer.Connect(endpoint);
        dealer.Connect("tcp://127.0.0.1:1");
        dealer.Connect("ipc:///nonexistent/socket");
        for (var i = 0; i < 50; i++)
            await dealer.SendAsync([Bytes.Filled(100_000)], token);
        (await router.ReceiveAsync(token)).Dispose();
        _ = dealer.ReceiveAsync(token).AsTask().ContinueWith(task => task.Exception, TaskScheduler.Default);
        await router.DisposeAsync();
        for (var i = 0; i < 50; i++)
            await dealer.SendAsync(Bytes.Frames("into the void"), token);
    }
}
