using FluentAssertions;
using KernelGateway.Conformance.Reporting;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Conformance.Tests.Reporting;

public sealed class ReportTests
{
    private static readonly ConformanceReport Report = new("some kernel", "some 1.0", "5.3",
    [
        Result("wire.one", CheckOutcome.Pass, "fine"),
        Result("wire.two", CheckOutcome.Fail, "\u001b[31mred\u0000 < & \ud83d"),
        Result("stdin.one", CheckOutcome.NotApplicable, "no code"),
    ]);

    [Test]
    public void Junit_has_a_suite_per_area_and_skips_checks_that_are_not_applicable()
    {
        var document = ReportJUnit.Create(Report);

        document.Root!.Elements("testsuite").Select(suite => (string)suite.Attribute("name")!).Should().Equal("wire", "stdin");
        document.Root.Attribute("failures")!.Value.Should().Be("1");
        document.Root.Attribute("skipped")!.Value.Should().Be("1");
        document.Descendants("failure").Should().ContainSingle();
        document.Descendants("skipped").Should().ContainSingle();
    }

    [Test]
    public void Junit_can_be_written_for_any_messages_of_a_kernel()
    {
        using var text = new StringWriter();

        ReportJUnit.Create(Report).Save(text);

        text.ToString().Should().Contain("red").And.NotContain("\u001b");
    }

    [Test]
    public void Json_has_the_counts_and_every_check()
    {
        var json = JObject.Parse(ReportJson.Write(Report));

        ((int)json["passed"]!).Should().Be(1);
        ((int)json["failed"]!).Should().Be(1);
        ((int)json["not_applicable"]!).Should().Be(1);
        json["checks"]!.Select(check => (string)check["outcome"]!).Should().Equal("pass", "fail", "not_applicable");
    }

    private static CheckResult Result(string id, CheckOutcome outcome, string seen) =>
        new(new CheckInfo(id, "a name", "what is asked", "a section", false), outcome, seen, TimeSpan.FromSeconds(0.5));
}
