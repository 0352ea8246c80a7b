using FluentAssertions;
using FluentAssertions.Execution;
using KernelGateway.Executions;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages;
using KernelGateway.Testing.Fixtures;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Tests.Executions;

/// <summary>Assembles recorded messages of real kernels into executions and compares them with golden files in <c>protocol-fixtures</c>.</summary>
/// <remarks>Run with <c>UPDATE_GOLDEN=1</c> to write the golden files again, and review the difference before committing it.</remarks>
public sealed class RecordedExecutionTests
{
    [TestCaseSource(typeof(RecordedConversation), nameof(RecordedConversation.Kernels))]
    public void A_recorded_conversation_gives_its_golden_executions(string kernel)
    {
        var actual = Assemble(RecordedConversation.Load(kernel));

        var path = Repository.PathOf("protocol-fixtures", kernel, "executions.json");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path, actual.ToString(Formatting.Indented) + "\n");
        var golden = JArray.Parse(File.ReadAllText(path));
        using (new AssertionScope())
        {
            actual.Count.Should().Be(golden.Count);
            foreach (var (mine, theirs) in actual.Zip(golden))
            {
                JToken.DeepEquals(mine, theirs).Should().BeTrue("{0} should be\n{1}\nand is\n{2}", theirs["step"], theirs, mine);
            }
        }
    }

    private static JArray Assemble(RecordedConversation conversation) =>
        new(RecordedJournals.Of(conversation).Select(run => Describe(run.Step, run.Request, run.Journal)));

    private static JObject Describe(string step, JupyterMessage request, ExecutionJournal journal)
    {
        var builder = new ExecutionResultBuilder();
        var events = new JArray();
        using (var reader = journal.OpenReader(0))
        {
            while (reader.TryRead() is { } entry)
            {
                builder.Apply(EventReader.Read(entry));
                events.Add(entry.IsLate ? $"{entry.Kind} (late)" : entry.Kind.ToString());
                entry.Release();
            }
        }

        journal.Dispose();
        var result = builder.Build();
        return new JObject
        {
            ["step"] = step,
            ["code"] = request.Content["code"],
            ["events"] = events,
            ["execution_count"] = result.ExecutionCount,
            ["stdout"] = string.Concat(result.Logs.Stdout),
            ["stderr"] = string.Concat(result.Logs.Stderr),
            ["results"] = new JArray(result.Results.Select(output => new JObject
            {
                ["is_main_result"] = output.IsMainResult,
                ["data"] = new RawJson(output.Data.RawObject).AsObject(),
            })),
            ["error"] = result.Error is { } error
                ? new JObject { ["name"] = error.Name, ["value"] = error.Value, ["traceback"] = new JArray(error.Traceback) }
                : null,
            ["end"] = result.End?.ToJson(),
        };
    }
}
