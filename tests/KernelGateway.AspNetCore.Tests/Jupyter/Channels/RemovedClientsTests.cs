using System.Globalization;
using FluentAssertions;
using KernelGateway.AspNetCore.Jupyter.Channels;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

public sealed class RemovedClientsTests
{
    private readonly RemovedClients _removed = new();

    [Test]
    public void A_client_is_notified_once_of_what_it_has_lost()
    {
        _removed.Add("mine", new LostMessages(Messages: 3, Bytes: 700, Requests: 1));

        _removed.Take("other").Should().BeNull();
        _removed.Take("mine").Should().Be(new LostMessages(3, 700, 1));
        _removed.Take("mine").Should().BeNull();
    }

    [Test]
    public void The_last_hundred_clients_are_remembered()
    {
        for (var number = 0; number <= 100; number++)
            _removed.Add(number.ToString(CultureInfo.InvariantCulture), new LostMessages(number, 0, 0));

        _removed.Take("0").Should().BeNull();
        _removed.Take("1")!.Value.Messages.Should().Be(1);
        _removed.Take("100")!.Value.Messages.Should().Be(100);
    }
}
