using FluentAssertions;
using KernelGateway.Notebooks;
using KernelGateway.Notebooks.Outputs;
using KernelGateway.Testing.Fixtures;
using KernelGateway.Tests.Executions;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Tests.Notebooks;

/// <summary>Writes the recorded messages of real kernels as notebooks and compares these with the golden files, byte for byte.</summary>
/// <remarks>Run with <c>UPDATE_GOLDEN=1</c> to write the golden files again, and review the difference before committing it.</remarks>
public sealed class RecordedNotebookTests
{
    [TestCaseSource(typeof(RecordedConversation), nameof(RecordedConversation.Kernels))]
    public void A_recorded_conversation_gives_its_golden_notebook(string kernel)
    {
        using var written = new MemoryStream();
        Notebook.Parse(Write(RecordedConversation.Load(kernel))).WriteTo(written);

        var path = Repository.PathOf("tests", "KernelGateway.Tests", "Notebooks", "Golden", $"{kernel}.ipynb");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllBytes(path, written.ToArray());
        System.Text.Encoding.UTF8.GetString(written.ToArray()).Should().Be(File.ReadAllText(path));
    }

    private static JObject Write(RecordedConversation conversation)
    {
        var cells = new JArray();
        var budget = new OutputBudget(long.MaxValue);
        var displays = new DisplayIds(budget);
        foreach (var (step, request, journal) in RecordedJournals.Of(conversation))
        {
            var json = new JObject
            {
                ["cell_type"] = "code", ["id"] = $"{step}-{cells.Count}", ["metadata"] = new JObject(), ["source"] = request.Content["code"]!.DeepClone(),
            };
            var cell = new NotebookCell(json, cells.Count);
            var outputs = new CellOutputs(cell, cell.Clear(), displays, budget);
            using (journal)
            using (var reader = journal.OpenReader(0))
            {
                while (reader.TryReadEvent() is { } executionEvent) outputs.Apply(executionEvent);
            }

            outputs.Flush();
            cells.Add(json);
        }

        return new JObject { ["cells"] = cells, ["metadata"] = new JObject(), ["nbformat"] = 4, ["nbformat_minor"] = 5 };
    }
}
