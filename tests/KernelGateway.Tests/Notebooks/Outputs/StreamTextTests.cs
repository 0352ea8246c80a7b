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
    public void Text_is_what_a_terminal_would_show(string written, string shown)
    {
        Of(written).Should().Be(shown);
        Of([.. written.Select(character => character.ToString())]).Should().Be(shown, "where the kernel cuts it does not matter");
    }

    [Test]
    public void Thousand_states_of_a_progress_bar_take_the_room_of_one()
    {
        var text = new StreamText();

        for (var i = 0; i < 1000; i++) text.Append($"\r{i,4} of 1000");

        text.ToString().Should().Be(" 999 of 1000");
        text.Length.Should().Be(12);
    }

    private static string Of(params string[] chunks)
    {
        var text = new StreamText();
        foreach (var chunk in chunks) text.Append(chunk);
        return text.ToString();
    }
}
