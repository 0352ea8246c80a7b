using FluentAssertions;
using KernelGateway.Protocol.Messages.Shell;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Messages;

public class CodePointsTests
{
    [TestCase("", 0, 0)]
    [TestCase("abc", 2, 2)]
    [TestCase("äöü", 3, 3)]
    [TestCase("😀x", 2, 1)]
    [TestCase("😀x", 3, 2)]
    [TestCase("x😀😀", 5, 3)]
    public void Positions_are_converted_both_ways(string text, int utf16Index, int codePoint)
    {
        CodePoints.FromUtf16Index(text, utf16Index).Should().Be(codePoint);
        CodePoints.ToUtf16Index(text, codePoint).Should().Be(utf16Index);
    }

    [Test]
    public void Positions_outside_the_text_mean_its_ends()
    {
        CodePoints.FromUtf16Index("ab", 99).Should().Be(2);
        CodePoints.FromUtf16Index("ab", -1).Should().Be(0);
        CodePoints.ToUtf16Index("a😀", 99).Should().Be(3);
        CodePoints.ToUtf16Index("ab", -1).Should().Be(0);
    }
}
