using FluentAssertions;
using KernelGateway.Memory;
using NUnit.Framework;

namespace KernelGateway.Tests.Memory;

public sealed class ReceivedMessageBudgetTests
{
    private const long MiB = 1 << 20;

    private readonly MemoryAccount _account = new(64 * MiB);

    [Test]
    public void What_does_not_fit_into_the_account_is_refused()
    {
        _account.ReceivedMessages.TryReserve(40 * MiB).Should().BeTrue();

        _account.ReceivedMessages.TryReserve(30 * MiB).Should().BeFalse();

        _account.UsedBytes.Should().Be(40 * MiB);
        _account.ReceivedMessages.Release(40 * MiB);
        _account.UsedBytes.Should().Be(0);
    }

    [Test]
    public void Full_account_leaves_messages_a_small_share()
    {
        _account.Reserve(64 * MiB);

        _account.ReceivedMessages.TryReserve(5 * MiB).Should().BeTrue();
        _account.ReceivedMessages.TryReserve(5 * MiB).Should().BeFalse("in a small account all received messages share 8 MiB");
        _account.ReceivedMessages.TryReserve(3 * MiB).Should().BeTrue("a refused reservation is not counted");

        _account.UsedBytes.Should().Be(72 * MiB);
    }

    [Test]
    public void Ended_executions_are_given_up_before_the_share_is_used()
    {
        _account.Reserve(64 * MiB);
        _account.Reclaim = bytes =>
        {
            _account.Release(bytes);
            return true;
        };

        _account.ReceivedMessages.TryReserve(5 * MiB).Should().BeTrue();

        _account.UsedBytes.Should().Be(64 * MiB);
    }
}
