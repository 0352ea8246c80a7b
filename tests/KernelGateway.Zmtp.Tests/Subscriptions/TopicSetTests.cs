using FluentAssertions;
using KernelGateway.Zmtp.Subscriptions;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Subscriptions;

public sealed class TopicSetTests
{
    [Test]
    public void Everything_matches_the_empty_topic_without_an_allocation()
    {
        var topics = new TopicSet();
        topics.Add([]);
        topics.Add(Bytes.Text("longer"));
        topics.Matches(Bytes.Text("x")).Should().BeTrue();
        var frame = Bytes.Text("stream");
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++) topics.Matches(frame);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1000, "the set is queried for each message of a kernel");
    }
}
