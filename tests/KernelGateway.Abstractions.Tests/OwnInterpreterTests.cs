using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Protocol.Mime;
using KernelGateway.Sandboxes;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Abstractions.Tests;

/// <summary>What a program needs to implement the interfaces itself, in its tests for example.</summary>
public sealed class OwnInterpreterTests
{
    [Test]
    public void Events_of_ones_own_are_combined_into_a_result()
    {
        var builder = new ExecutionResultBuilder();

        builder.Apply(new StartedEvent { Sequence = 1, ExecutionCount = 7 });
        builder.Apply(new StreamEvent { Sequence = 2, Text = "out" });
        builder.Apply(new StreamEvent { Sequence = 3, Text = "err", IsStderr = true });
        builder.Apply(new ResultEvent { Sequence = 4, IsMainResult = true, Data = new MimeBundle(new JObject { ["text/plain"] = "42" }) });
        builder.Apply(new EndEvent { Sequence = 5, End = new ExecutionEnd { Reason = ExecutionEndReason.Completed } });

        builder.IsOver.Should().BeTrue();
        var result = builder.Build();
        result.Text.Should().Be("42");
        result.ExecutionCount.Should().Be(7);
        result.Logs.Should().BeEquivalentTo(new ExecutionLogs(["out"], ["err"]));
        result.End!.Reason.Should().Be(ExecutionEndReason.Completed);
    }

    [Test]
    public void Result_without_an_end_is_that_of_an_execution_that_runs()
    {
        var builder = new ExecutionResultBuilder();
        builder.Apply(new ErrorEvent { Sequence = 1, Error = new ExecutionError("NameError", "x", []) });

        builder.IsOver.Should().BeFalse();
        builder.Build().Should().BeEquivalentTo(new { End = (ExecutionEnd?)null, Error = new { Name = "NameError" } });
    }

    [TestCase("/data/a.csv", "a.csv")]
    [TestCase("/a", "a")]
    public void Name_of_an_entry_is_the_last_part_of_its_path(string path, string name) =>
        new SandboxEntry(path, IsDirectory: false, Size: 0, ModifiedAt: null).Name.Should().Be(name);

    [TestCase(SandboxError.NotFound, false)]
    [TestCase(SandboxError.Unavailable, true)]
    public void Failure_of_a_sandbox_says_whether_a_repetition_may_succeed(SandboxError error, bool isTransient) =>
        new SandboxException(error, "message").IsTransient.Should().Be(isTransient);
}
