using System.Text;
using FluentAssertions;
using KernelGateway.Client.Http;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Http;

[CancelAfter(60_000)]
public sealed class LineReaderTests
{
    [TestCase(1)]
    [TestCase(3)]
    [TestCase(100_000)]
    public async Task Lines_are_read_whole_however_they_arrive(int piece, CancellationToken token)
    {
        var longest = new string('x', 20_000);
        await using var reader = new LineReader(new PiecedStream(Encoding.UTF8.GetBytes($"a\n\n{longest}\ncut"), piece));

        var lines = new List<string>();
        while (await reader.ReadAsync(token) is { } line) lines.Add(Encoding.UTF8.GetString(line));

        lines.Should().Equal("a", "", longest);
    }

    private sealed class PiecedStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
