using FluentAssertions;
using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Framing;

public sealed class FrameBatchTests
{
    private readonly FrameBatch _batch = new();

    [Test]
    public void Small_frames_are_gathered_into_one_segment()
    {
        _batch.TryAppend(FrameFlags.More, Bytes.Text("ab"));
        _batch.TryAppend(0, Bytes.Filled(300));
        _batch.TryAppendEncoded(Bytes.Command("PONG"));

        _batch.Segments.Should().ContainSingle();
        Written().Should().Equal(Bytes.Join(Bytes.Message(Bytes.Text("ab"), Bytes.Filled(300)), Bytes.Command("PONG")));
    }

    [Test]
    public void Large_body_is_written_from_where_it_is()
    {
        var body = Bytes.Filled(100_000);

        _batch.TryAppend(FrameFlags.More, Bytes.Text("a"));
        _batch.TryAppend(FrameFlags.More, body);
        _batch.TryAppend(0, Bytes.Text("z"));

        _batch.Segments.Should().HaveCount(3).And.Subject.ElementAt(1).Array.Should().BeSameAs(body);
        Written().Should().Equal(Bytes.Message(Bytes.Text("a"), body, Bytes.Text("z")));
    }

    [Test]
    public void Body_that_is_not_an_array_is_copied()
    {
        using var owner = new NativeLikeMemory(Bytes.Filled(5000));

        _batch.TryAppend(0, owner.Memory);

        Written().Should().Equal(Bytes.Message(Bytes.Filled(5000)));
    }

    [Test]
    public void Full_batch_refuses_and_has_room_again_once_cleared()
    {
        var accepted = 0;
        while (_batch.TryAppend(0, Bytes.Filled(4000)))
            accepted++;

        accepted.Should().BeInRange(2, 10);
        _batch.Clear();
        _batch.IsEmpty.Should().BeTrue();
        _batch.TryAppend(0, Bytes.Text("next")).Should().BeTrue();
        Written().Should().Equal(Bytes.Message("next"));
    }

    [Test]
    public void Batch_of_large_frames_ends_somewhere()
    {
        var body = Bytes.Filled(65_536);
        var accepted = 0;
        while (_batch.TryAppend(0, body))
            accepted++;

        accepted.Should().BeInRange(8, 64);
    }

    private byte[] Written() => [.. _batch.Segments.SelectMany(segment => segment)];

    private sealed class NativeLikeMemory(byte[] bytes) : System.Buffers.MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => bytes;

        public override System.Buffers.MemoryHandle Pin(int elementIndex = 0) => bytes.AsMemory(elementIndex).Pin();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
