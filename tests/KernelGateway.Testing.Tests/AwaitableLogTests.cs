using FluentAssertions;
using NUnit.Framework;

namespace KernelGateway.Testing.Tests;

public class AwaitableLogTests
{
    [Test]
    [CancelAfter(10_000)]
    public async Task Nth_wanted_item_is_waited_for_while_many_add(CancellationToken cancellationToken)
    {
        var log = new AwaitableLog<int>();
        var waiting = log.WaitForAsync(item => item % 10 == 0, 100, cancellationToken);

        await Parallel.ForAsync(1, 1001, cancellationToken, (i, _) =>
        {
            log.Add(i);
            return ValueTask.CompletedTask;
        });

        (await waiting % 10).Should().Be(0);
        log.Count.Should().Be(1000);
        log.Items.Should().OnlyHaveUniqueItems();
        (await log.WaitForAsync(item => item == 1, cancellationToken)).Should().Be(1);
    }
}
