using FluentAssertions;
using KernelGateway.Notebooks.Outputs;
using NUnit.Framework;

namespace KernelGateway.Tests.Notebooks.Outputs;

public sealed class StreamTextTests
{
    [TestCase("plain", "plain")]
    [TestCase("a\nb\n", "a\nb\n")]
    [TestCase("10%\r20%\r100%", "100%")]
    [TestCase("100%\r20%", "20%%")]
    [TestCase("kept\n10%\r20%\n", "kept\n20%\n")]
    [TestCase("windows\r\nline\r\n", "windows\nline\n")]
    [TestCase("abc\b\bX", "aXc")]
    [TestCase("\b\bfirst", "first")]
    [TestCase("line\n\b\bnext", "line\nnext")]
    [TestCase("|\b/\b-\b\\", "\\")]
    [TestCase("end\r", "end")]
    [TestCase("abc\rX\nY", "Xbc\nY")]
    [TestCase("\r\r\r", "")]
    [TestCase("", "")]
    public void Text_is_as_in_a_terminal(string written, string shown)
    {
        Of(written).Should().Be(shown);
        Of([.. written.Select(character => character.ToString())]).Should().Be(shown, "the result does not depend on how the kernel splits the text");
    }

    [Test]
    public void Thousand_states_of_a_progress_bar_take_the_room_of_one()
    {
        var text = new StreamText();

        for (var i = 0; i < 1000; i++) text.Append($"\r{i,4} of 1000");

        text.ToString().Should().Be(" 999 of 1000");
        text.Length.Should().Be(12);
    }

    [Test]
    [CancelAfter(30_000)]
    public void A_long_line_that_is_written_over_takes_time_in_proportion_to_its_length(CancellationToken cancellationToken)
    {
        const int Chunk = 1 << 16;
        const int Chunks = 512;
        var text = new StreamText();
        foreach (var character in "ab")
        {
            text.Append("\r");
            for (var i = 0; i < Chunks; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                text.Append(new string(character, Chunk));
            }
        }

        text.Length.Should().Be(Chunk * Chunks);
        text.ToString().AsSpan().ContainsAnyExcept('b').Should().BeFalse();
    }

    private static string Of(params string[] chunks)
    {
        var text = new StreamText();
        foreach (var chunk in chunks) text.Append(chunk);
        return text.ToString();
    }
}
