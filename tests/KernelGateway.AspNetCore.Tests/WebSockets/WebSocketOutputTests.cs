using System.Buffers;
using System.Runtime.InteropServices;
using FluentAssertions;
using KernelGateway.AspNetCore.WebSockets;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.WebSockets;

public class WebSocketOutputTests
{
    private readonly WebSocketOutput _output = new();

    [TestCase(0, "8200")]
    [TestCase(125, "827D")]
    [TestCase(126, "827E007E")]
    [TestCase(65_535, "827EFFFF")]
    [TestCase(65_536, "827F0000000000010000")]
    public void Each_length_has_its_shortest_header(int length, string header)
    {
        _output.Begin(WebSocketOpcode.Binary, length);
        _output.Write(new byte[length]);

        Convert.ToHexString(Bytes())[..header.Length].Should().Be(header);
        _output.Bytes.Should().Be(header.Length / 2 + length);
    }

    [Test]
    public void Small_parts_are_copied_and_large_ones_kept_where_they_are()
    {
        byte[] small = [1, 2, 3];
        var large = new byte[64 * 1024];
        _output.Begin(WebSocketOpcode.Binary, small.Length + large.Length);
        _output.Splice(small);
        _output.Splice(large);
        small[0] = 9;
        large[0] = 9;

        var bytes = Bytes();

        bytes[10].Should().Be(1);
        bytes[13].Should().Be(9);
        _output.Segments.Should().HaveCount(2);
        MemoryMarshal.TryGetArray(_output.Segments[1], out var segment).Should().BeTrue();
        segment.Array.Should().BeSameAs(large);
    }

    [Test]
    public void Many_messages_run_on_from_block_to_block()
    {
        var expected = new List<byte>();
        for (var i = 0; i < 5_000; i++)
        {
            byte[] payload = [(byte)i, (byte)(i >> 8), 3, 4, 5, 6, 7];
            _output.Begin(WebSocketOpcode.Text, payload.Length);
            _output.Write(payload);
            expected.AddRange([0x81, 7, .. payload]);
        }

        Bytes().Should().Equal(expected);
        _output.Clear();
        _output.Segments.Should().BeEmpty();
        _output.Bytes.Should().Be(0);
    }

    [Test]
    public void A_length_that_was_not_kept_is_noticed_before_anything_follows()
    {
        _output.Begin(WebSocketOpcode.Text, 3);
        _output.Write("ab"u8);

        FluentActions.Invoking(() => _output.Begin(WebSocketOpcode.Text, 0)).Should().Throw<InvalidOperationException>();
        FluentActions.Invoking(() => _output.Write("cd"u8)).Should().Throw<InvalidOperationException>();
        FluentActions.Invoking(() => _output.Begin(WebSocketOpcode.Text, -1)).Should().Throw<ArgumentOutOfRangeException>();
    }

    private byte[] Bytes() => [.. _output.Segments.SelectMany(segment => segment.ToArray())];
}
