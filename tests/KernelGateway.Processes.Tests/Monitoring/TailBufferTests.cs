using System.Text;
using FluentAssertions;
using KernelGateway.Processes.Monitoring;
using NUnit.Framework;

namespace KernelGateway.Processes.Tests.Monitoring;

public class TailBufferTests
{
    [Test]
    public void Nothing_written_is_an_empty_text() => new TailBuffer(8).ToString().Should().BeEmpty();

    [Test]
    public void End_is_kept_however_the_text_is_cut()
    {
        const string Text = "abcdefghijklmnopqrstuvwxyz";
        for (var capacity = 1; capacity <= Text.Length + 1; capacity++)
        {
            for (var piece = 1; piece <= Text.Length; piece++)
            {
                var tail = new TailBuffer(capacity);
                foreach (var part in Text.Chunk(piece)) tail.Append(Encoding.UTF8.GetBytes(part));

                tail.ToString().Should().Be(Text[Math.Max(0, Text.Length - capacity)..], $"capacity {capacity}, pieces of {piece}");
            }
        }
    }

    [TestCase("\u20ac\u20ac", 5, "\u20ac"), TestCase("\U0001F600\U0001F600", 7, "\U0001F600"), TestCase("xé", 2, "é")]
    public void Character_cut_in_two_is_left_out(string text, int capacity, string expected)
    {
        var tail = new TailBuffer(capacity);

        tail.Append(Encoding.UTF8.GetBytes(text));

        tail.ToString().Should().Be(expected);
    }
}
