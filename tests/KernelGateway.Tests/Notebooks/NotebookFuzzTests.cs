using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Notebooks;
using KernelGateway.Notebooks.Outputs;
using KernelGateway.Testing.Fuzzing;
using Newtonsoft.Json.Linq;
using NUnit.Framework;
using JsonException = System.Text.Json.JsonException;

namespace KernelGateway.Tests.Notebooks;

/// <summary>Reads damaged copies of a notebook.</summary>
public sealed class NotebookFuzzTests
{
    private const int Notebooks = 10_000;

    // The object model takes far more memory than the text, and it is built twice here.
    private const int ObjectModelBytes = 2048;

    [Test]
    [Category("Slow")]
    [CancelAfter(120_000)]
    public void Damaged_notebook_is_read_and_written_or_refused_with_the_field_named(CancellationToken token)
    {
        var good = NotebookTests.Parse(NotebookTests.Everything).Json;
        var text = System.Text.Encoding.UTF8.GetBytes(good.ToString());

        new FuzzRun(TestContext.Out) { BytesPerByte = ObjectModelBytes, FixedBytes = 1 << 20 }.Try(
            Notebooks,
            random => random.Next(2) == 0 ? ByteMutator.Mutate(text, random, text) : JsonMutator.Mutate(good, random),
            file => [file],
            file =>
            {
                try
                {
                    Use(Notebook.Parse(file));
                }
                catch (NotebookFormatException)
                {
                    // A documented exception.
                }

                return 1;
            },
            token);
    }

    [Test]
    [Category("Slow")]
    [CancelAfter(120_000)]
    public void Outputs_of_any_shape_become_outputs_of_the_format(CancellationToken token)
    {
        var good = JObject.Parse("""
            {"data":{"text/plain":["a","b"],"application/json":{"a":[1]},"image/png":"AAAA","e2b/data":{}},"metadata":{"image/png":{"width":1}},
            "transient":{"display_id":"d"},"execution_count":3,"ename":"E","evalue":"v","traceback":["t"],"wait":true}
            """);
        ExecutionEventKind[] kinds =
        [
            ExecutionEventKind.Started, ExecutionEventKind.Display, ExecutionEventKind.Result, ExecutionEventKind.ResultUpdate,
            ExecutionEventKind.ClearOutput, ExecutionEventKind.Error,
        ];

        new FuzzRun(TestContext.Out) { BytesPerByte = ObjectModelBytes, FixedBytes = 1 << 20 }.Try(
            Notebooks,
            random => Enumerable.Range(0, 4).Select(_ => (Kind: kinds[random.Next(kinds.Length)], Payload: JsonMutator.Mutate(good, random))).ToArray(),
            events => events.Select(one => (ReadOnlyMemory<byte>)one.Payload),
            events =>
            {
                Fold(events);
                return 1;
            },
            token);
    }

    private static void Fold((ExecutionEventKind Kind, byte[] Payload)[] events)
    {
        var cell = new NotebookCell(new JObject { ["cell_type"] = "code", ["metadata"] = new JObject(), ["source"] = "" }, 0);
        var budget = new OutputBudget(1 << 20);
        var outputs = new CellOutputs(cell, cell.Clear(), new DisplayIds(budget), budget);
        foreach (var (kind, payload) in events)
        {
            try
            {
                JsonCheck.Value(payload);
            }
            catch (JsonException)
            {
                // Invalid JSON is refused before it reaches a journal.
                continue;
            }

            var entry = new JournalEntry(kind, isLate: false, 1, DateTimeOffset.UnixEpoch, payload);
            outputs.Apply(EventReader.Read(entry));
            entry.Release();
        }

        outputs.Flush();
        if (cell.Outputs.FirstOrDefault(output => !IsOfTheFormat((JObject)output)) is { } wrong) throw new InvalidDataException(wrong.ToString());
    }

    private static bool IsOfTheFormat(JObject output) => (string?)output["output_type"] switch
    {
        "error" => output["traceback"] is JArray lines && lines.All(line => line.Type == JTokenType.String),
        "stream" => output["text"]!.Type == JTokenType.String,
        _ => output["metadata"] is JObject && output["data"] is JObject data && data.Properties().All(
            one => one.Value.Type == JTokenType.String || one.Name == "application/json" || one.Name.EndsWith("+json")),
    };

    // Does everything that a run does with a notebook, except running the code.
    private static void Use(Notebook notebook)
    {
        notebook.RepairIds();
        _ = (notebook.KernelSpecName, notebook.Language, notebook.FormatMinor);
        foreach (var cell in notebook.Cells)
        {
            _ = (cell.Id, cell.Source, cell.Outputs, cell.ExecutionCount, cell.IsSkipped, cell.MayRaise);
            if (cell is { IsCode: true, IsSkipped: false }) cell.Clear();
        }

        using var written = new MemoryStream();
        notebook.WriteTo(written);
        Notebook.Parse(written.ToArray()).Cells.Count.Should().Be(notebook.Cells.Count);
    }
}
