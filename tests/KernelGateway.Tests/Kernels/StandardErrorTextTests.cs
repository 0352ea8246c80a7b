using FluentAssertions;
using KernelGateway.Kernels;
using NUnit.Framework;

namespace KernelGateway.Tests.Kernels;

public sealed class StandardErrorTextTests
{
    [TestCase("", "", "")]
    [TestCase("", "last words", "last words")]
    [TestCase("noise\n", "noise\n", "")]
    [TestCase("noise\n", "noise\nlast words", "last words")]
    [TestCase("much noise\n", "noise\nlast words", "last words")]
    [TestCase("noise\n", "last words", "last words")]
    public void Earlier_text_is_left_out_also_when_its_beginning_was_cut(string earlier, string later, string expected) =>
        StandardErrorText.After(earlier, later).Should().Be(expected);
}
