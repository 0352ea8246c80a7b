using System.Buffers;
using System.Text.Json;
using FluentAssertions;
using KernelGateway.Protocol.Json;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Json;

public sealed class JsonWriterExtensionsTests
{
    private const int PieceChars = JsonWriterExtensions.MaxPieceChars;

    [TestCase("")]
    [TestCase("a \"quoted\" \\ text with \u0001 and \u00e9")]
    public void Short_text_is_written_as_by_the_runtime(string text) => Write(text).Should().Be(WriteAtOnce(text));

    [TestCase(PieceChars - 1)]
    [TestCase(PieceChars)]
    [TestCase(2 * PieceChars)]
    [TestCase((3 * PieceChars) + 5)]
    public void Long_text_is_written_as_by_the_runtime_wherever_it_is_cut(int leadingChars)
    {
        foreach (var inner in new[] { "\U0001F600\"\n", "\ud83d", "\ude00x", "\ud83d\ud83d\ude00" })
        {
            var text = new string('x', leadingChars - 1) + inner + new string('y', PieceChars) + inner;

            Write(text).Should().Be(WriteAtOnce(text));
        }
    }

    [Test]
    public void Long_text_rents_no_more_than_its_pieces_need()
    {
        var text = new string('"', 8 << 20);
        var output = new CountingBuffer();
        using var writer = new Utf8JsonWriter(output);

        writer.WriteTextValue(text);
        writer.Flush();

        output.LargestHint.Should().BeLessThan(1 << 20);
    }

    private static string Write(string text)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output)) writer.WriteTextValue(text);
        return System.Text.Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string WriteAtOnce(string text)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output)) writer.WriteStringValue(text);
        return System.Text.Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private sealed class CountingBuffer : IBufferWriter<byte>
    {
        private byte[] _buffer = new byte[64 * 1024];

        public int LargestHint { get; private set; }

        public void Advance(int count)
        {
        }

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            LargestHint = Math.Max(LargestHint, sizeHint);
            if (_buffer.Length < sizeHint) _buffer = new byte[sizeHint];
            return _buffer;
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
