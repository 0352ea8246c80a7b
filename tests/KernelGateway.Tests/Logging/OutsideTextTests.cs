using FluentAssertions;
using KernelGateway.Logging;
using NUnit.Framework;

namespace KernelGateway.Tests.Logging;

public sealed class OutsideTextTests
{
    [TestCase("plain text, Ünïcode and 🙂", "plain text, Ünïcode and 🙂")]
    [TestCase("\e[2Jgone", "\\u001b[2Jgone")]
    [TestCase("one\nWARN: forged\r\n", "one\\u000aWARN: forged\\u000d\\u000a")]
    [TestCase("a\0b\u009b31m\u007f", "a\\u0000b\\u009b31m\\u007f")]
    [TestCase("user\u202egnp.exe\u2066\u200b", "user\\u202egnp.exe\\u2066\\u200b")]
    [TestCase("line\u2028paragraph\u2029", "line\\u2028paragraph\\u2029")]
    [TestCase("", "")]
    [TestCase(null, "")]
    public void Unprintable_characters_are_escaped(string? text, string expected) => OutsideText.Escape(text).Should().Be(expected);

    [Test]
    public void Half_a_surrogate_pair_is_escaped() =>
        OutsideText.Escape("half \ud83d, other \ude00.").Should().Be("half \\ud83d, other \\ude00.");

    [Test]
    public void Long_text_is_cut()
    {
        OutsideText.Escape(new string('x', 3000)).Should().Be(new string('x', OutsideText.MaxLength) + "…");
        OutsideText.Escape("\n" + new string('x', 3000)).Should().Be("\\u000a" + new string('x', OutsideText.MaxLength - 1) + "…");
        OutsideText.Escape(new string('x', OutsideText.MaxLength - 1) + "🙂").Should().EndWith("x\\ud83d…", "the cut splits the surrogate pair");
        OutsideText.Escape(new string('x', OutsideText.MaxLength)).Should().Be(new string('x', OutsideText.MaxLength));
    }
}
