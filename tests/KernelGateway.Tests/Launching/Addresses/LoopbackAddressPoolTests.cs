using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using KernelGateway.Launching.Addresses;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching.Addresses;

public class LoopbackAddressPoolTests
{
    [Test, Platform("Linux")]
    public void Address_is_not_handed_out_twice_even_when_it_was_given_back()
    {
        var pool = new LoopbackAddressPool();
        var seen = new HashSet<string>();

        for (var i = 0; i < 2000; i++)
        {
            using var address = pool.Lease(ownAddress: true);
            seen.Add(address!.Ip).Should().BeTrue();
            var bytes = IPAddress.Parse(address.Ip).GetAddressBytes();
            bytes[0].Should().Be(127);
            bytes[1].Should().BeInRange(64, 127);
        }
    }

    [Test, Platform("Linux")]
    public void Ports_lie_below_the_ephemeral_range()
    {
        var range = File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assume.That(int.Parse(range[0]), Is.GreaterThan(10_005));
        using var address = new LoopbackAddressPool().Lease(ownAddress: true);

        address!.Ports.Should().HaveCount(5).And.OnlyHaveUniqueItems().And.OnlyContain(port => port < int.Parse(range[0]));
    }

    [Test, Platform("Linux")]
    public void Program_that_listens_on_the_usual_port_of_all_addresses_is_avoided()
    {
        // The ports differ from those of other tests, because the listener on all addresses would block kernels that other tests start.
        var pool = new LoopbackAddressPool(firstPort: 9000 + Environment.ProcessId % 180 * 5);
        using var first = pool.Lease(ownAddress: true);
        using var blocker = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        blocker.Bind(new IPEndPoint(IPAddress.Any, first!.Ports[2]));
        blocker.Listen();

        using var second = pool.Lease(ownAddress: true);

        second!.Ports.Should().NotContain(first.Ports[2]);
    }

    [Test]
    public void Ports_of_the_common_address_are_given_to_one_kernel_at_a_time()
    {
        var pool = new LoopbackAddressPool();
        var leases = Enumerable.Range(0, 50).Select(_ => pool.Lease(ownAddress: false)!).ToArray();

        leases.Select(lease => lease.Ip).Should().OnlyContain(ip => ip == "127.0.0.1");
        leases.SelectMany(lease => lease.Ports).Should().HaveCount(250).And.OnlyHaveUniqueItems();
        foreach (var lease in leases) lease.Dispose();
    }

    [Test]
    public void Shuffled_numbers_come_once_each()
    {
        var numbers = new ShuffledNumbers();
        var seen = new bool[ShuffledNumbers.Count];

        for (var i = 0; i < ShuffledNumbers.Count; i++) seen[numbers.Next()] = true;

        Array.IndexOf(seen, false).Should().Be(-1);
    }
}
