using FluentAssertions;
using KernelGateway.AspNetCore.WebSockets;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.WebSockets;

public class WebSocketDrainTests
{
    private static readonly byte[] Close = RawClient.Frame(0x88, [3, 232]);

    private static readonly byte[] Rest = [.. new byte[10], .. RawClient.Frame(0x82, new byte[300]), .. RawClient.Frame(0x89, []), .. Close];

    [Test]
    public void The_close_is_found_behind_anything([Values(1, 2, 3, 7, 100, 1_000)] int pieceBytes)
    {
        var drain = new WebSocketDrain(skip: 10);
        var answers = Rest.Chunk(pieceBytes).Select(piece => drain.Feed(piece)).ToList();

        answers.Should().Contain(true);
        answers.IndexOf(true).Should().Be((Rest.Length - 3) / pieceBytes, "the header is complete three bytes before the end");
    }

    [Test]
    public void What_is_no_frame_ends_the_looking() => new WebSocketDrain(skip: 0).Feed([0x82, 0x00]).Should().BeTrue();

    [Test]
    public void A_frame_of_any_length_is_skipped_without_keeping_it()
    {
        var drain = new WebSocketDrain(skip: 0);
        drain.Feed([0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]).Should().BeFalse();

        var before = GC.GetAllocatedBytesForCurrentThread();
        var piece = new byte[1_000];
        for (var i = 0; i < 1_000; i++) drain.Feed(piece).Should().BeFalse();

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1_000_000);
    }
}
