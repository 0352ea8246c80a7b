using FluentAssertions;
using KernelGateway.NetMQ.Sockets;
using NUnit.Framework;

namespace KernelGateway.NetMQ.Tests.Sockets;

[CancelAfter(30_000)]
public sealed class SharedSocketThreadTests
{
    private readonly SharedSocketThread _shared = new();

    [Test]
    public async Task The_last_user_ends_the_thread_and_the_next_one_starts_another()
    {
        var first = _shared.Rent();
        _shared.Rent().Should().BeSameAs(first);

        await _shared.ReturnAsync(first);
        first.Ended.IsCompleted.Should().BeFalse();
        await _shared.ReturnAsync(first);

        first.Ended.IsCompleted.Should().BeTrue();
        first.Post(() => { }).Should().BeFalse();
        var second = _shared.Rent();
        second.Should().NotBeSameAs(first);
        await _shared.ReturnAsync(second);
    }

    [Test]
    public async Task Work_runs_in_order_on_one_thread()
    {
        var thread = _shared.Rent();
        var order = new List<(int Number, int Thread)>();
        for (var i = 0; i < 1000; i++)
        {
            var number = i;
            thread.Post(() => order.Add((number, Environment.CurrentManagedThreadId)));
        }

        await thread.InvokeAsync(() => order.Add((1000, Environment.CurrentManagedThreadId)));

        order.Select(done => done.Number).Should().Equal(Enumerable.Range(0, 1001));
        order.Select(done => done.Thread).Distinct().Should().ContainSingle();
        await _shared.ReturnAsync(thread);
    }

    [Test]
    public async Task Work_after_the_end_runs_at_once_for_whoever_waits_for_it()
    {
        var thread = _shared.Rent();
        await _shared.ReturnAsync(thread);
        var isDone = false;

        await thread.InvokeAsync(() => isDone = true);

        isDone.Should().BeTrue();
    }

    [Test]
    public async Task A_failure_of_the_work_is_that_of_its_caller()
    {
        var thread = _shared.Rent();

        await FluentActions.Awaiting(() => thread.InvokeAsync(() => throw new IOException("full"))).Should().ThrowAsync<IOException>();

        await thread.InvokeAsync(() => { });
        await _shared.ReturnAsync(thread);
    }
}
