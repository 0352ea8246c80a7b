using FluentAssertions;
using KernelGateway.Launching;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching;

public class EnvironmentTemplateTests
{
    private static readonly Dictionary<string, string> Values = new() { ["A"] = "1", ["LONG_name2"] = "2", ["NESTED"] = "$A", ["EMPTY"] = "" };

    [TestCase("plain", "plain")]
    [TestCase("$A", "1")]
    [TestCase("${A}", "1")]
    [TestCase("x${A}y$A.z", "x1y1.z")]
    [TestCase("$LONG_name2/${LONG_name2}", "2/2")]
    [TestCase("$EMPTY|${EMPTY}", "|")]
    [TestCase("$$A", "$A")]
    [TestCase("$$$A", "$1")]
    public void References_are_replaced(string template, string expected) => Substitute(template).Should().Be(expected);

    [TestCase("$UNKNOWN ${UNKNOWN}")]
    [TestCase("$")]
    [TestCase("cost: 5$")]
    [TestCase("${A")]
    [TestCase("${}")]
    [TestCase("${A-default}")]
    [TestCase("$1 ${1A}")]
    [TestCase("$é")]
    public void Text_without_a_known_variable_stays(string template) => Substitute(template).Should().Be(template);

    [Test]
    public void Values_are_not_searched_for_references() => Substitute("$NESTED").Should().Be("$A");

    private static string Substitute(string template) => EnvironmentTemplate.Substitute(template, Values.GetValueOrDefault);
}
