using System.Runtime.InteropServices;
using FluentAssertions;
using KernelGateway.AspNetCore.WebSockets;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.WebSockets;

public class WebSocketMaskTests
{
    private static readonly byte[] Key = [0x11, 0x22, 0x44, 0x88];

    [Test]
    public void Every_byte_is_masked_with_its_byte_of_the_key_at_every_length_and_offset()
    {
        for (var length = 0; length < 200; length++)
        {
            foreach (var offset in new[] { 0L, 1, 2, 3, 4, 1_001, (1L << 40) + 3 })
            {
                var piece = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
                WebSocketMask.Apply(piece, MemoryMarshal.Read<uint>(Key), offset);

                for (var i = 0; i < length; i++) (piece[i] ^ Key[(offset + i) % 4]).Should().Be((byte)i, $"{length} bytes at {offset}");
            }
        }
    }
}
