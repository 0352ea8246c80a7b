using System.Text;
using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Notebooks;
using KernelGateway.Notebooks.Outputs;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Tests.Notebooks;

/// <summary>The conversion of a kernel's messages to the outputs of a cell.</summary>
public sealed class CellOutputsTests
{
    private const int Limit = 1000;

    private readonly OutputBudget _budget = new(Limit);
    private readonly DisplayIds _displays;
    private readonly CellOutputs _outputs;
    private readonly JArray _list;

    public CellOutputsTests()
    {
        _displays = new DisplayIds(_budget);
        (_outputs, _list) = NewCell();
    }

    [Test]
    public void Pieces_of_one_stream_that_follow_each_other_are_one_output()
    {
        Apply(ExecutionEventKind.Stdout, "\"a\"");
        Apply(ExecutionEventKind.Stdout, "\"b\\n\"");
        Apply(ExecutionEventKind.Stderr, "\"e\"");
        Apply(ExecutionEventKind.Stdout, "\"c\"");

        Written().Should().Be("""
            [{"name":"stdout","output_type":"stream","text":"ab\n"},{"name":"stderr","output_type":"stream","text":"e"},{"name":"stdout","output_type":"stream","text":"c"}]
            """);
    }

    [Test]
    public void Anything_between_ends_a_stream()
    {
        Apply(ExecutionEventKind.Stdout, "\"a\"");
        Apply(ExecutionEventKind.Display, """{"data":{"text/plain":"x"},"metadata":{}}""");
        Apply(ExecutionEventKind.Stdout, "\"b\"");

        Types().Should().Equal("stream", "display_data", "stream");
    }

    [Test]
    public void Value_display_and_error_have_the_fields_of_the_format()
    {
        Apply(ExecutionEventKind.Started, """{"execution_count":7}""");
        Apply(ExecutionEventKind.Display, """{"data":{"text/plain":"x"},"metadata":{"image/png":{"width":1}},"transient":{}}""");
        Apply(ExecutionEventKind.Result, """{"data":{"text/plain":"y"},"metadata":{},"execution_count":7}""");
        Apply(ExecutionEventKind.Error, """{"ename":"E","evalue":"v","traceback":["a","b"],"status":"error"}""");

        Written().Should().Be("""
            [{"data":{"text/plain":"x"},"metadata":{"image/png":{"width":1}},"output_type":"display_data"},{"data":{"text/plain":"y"},"execution_count":7,"metadata":{},"output_type":"execute_result"},{"ename":"E","evalue":"v","output_type":"error","traceback":["a","b"]}]
            """);
    }

    [Test]
    public void Json_stays_json_and_everything_else_is_text()
    {
        Apply(
            ExecutionEventKind.Display,
            """
            {"data":{"application/json":[1,"2020-01-01T00:00:00Z"],"application/vnd.x.v1+json":{"a":null},"text/html":["<b>","</b>"],
            "image/svg+xml":"<svg/>","application/x-number":5,"application/x-object":{"a":1},"application/x-null":null,"model/x+json":{"b":2}},
            "metadata":{}}
            """);

        _list[0]["data"]!.ToString(Formatting.None).Should().Be(
            """
            {"application/json":[1,"2020-01-01T00:00:00Z"],"application/vnd.x.v1+json":{"a":null},"text/html":"<b></b>","image/svg+xml":"<svg/>","application/x-number":"5","application/x-object":"{\"a\":1}","model/x+json":"{\"b\":2}"}
            """);
    }

    [Test]
    public void Media_types_of_our_own_are_left_out()
    {
        Apply(
            ExecutionEventKind.Result,
            """{"data":{"text/plain":"t","e2b/data":{"a":[1]},"e2b/chart":{}},"metadata":{"e2b/data":{},"text/plain":{}},"execution_count":1}""");

        _list[0]["data"]!.ToString(Formatting.None).Should().Be("""{"text/plain":"t"}""");
        _list[0]["metadata"]!.ToString(Formatting.None).Should().Be("""{"text/plain":{}}""");
    }

    [Test]
    public void Json_nested_too_deeply_is_left_out_and_the_rest_is_kept()
    {
        var deep = new string('[', 2000) + new string(']', 2000);
        var (outputs, list) = NewCell(new OutputBudget(100_000));
        Apply(outputs, ExecutionEventKind.Display, $$$"""{"data":{"application/json":{{{deep}}},"text/plain":"t"},"metadata":{}}""");

        list[0]["data"]!.ToString(Formatting.None).Should().Be("""{"text/plain":"t"}""");
    }

    [Test]
    public void Update_changes_every_display_of_its_id_in_all_cells_and_no_other()
    {
        var (second, secondList) = NewCell();
        Show("a", "1");
        Show("b", "2");
        Apply(second, ExecutionEventKind.ResultUpdate, """{"data":{"text/html":"new"},"metadata":{"m":1},"transient":{"display_id":"a"}}""");

        Texts(_list, "text/html").Should().Equal("new", null);
        Texts(_list, "text/plain").Should().Equal(null, "2");
        _list[0]["metadata"]!.ToString(Formatting.None).Should().Be("""{"m":1}""");
        _list[0]["output_type"]!.Value<string>().Should().Be("display_data");
        secondList.Should().BeEmpty("an update adds no output");
    }

    [Test]
    public void Display_with_a_known_id_updates_the_earlier_display()
    {
        var (second, secondList) = NewCell();
        Show("a", "1");
        Apply(second, ExecutionEventKind.Display, """{"data":{"text/plain":"2"},"metadata":{},"transient":{"display_id":"a"}}""");

        Texts(_list, "text/plain").Should().Equal("2");
        Texts(secondList, "text/plain").Should().Equal("2");
    }

    [Test]
    public void Update_of_an_unknown_or_cleared_id_has_no_effect()
    {
        Show("a", "1");
        Apply(ExecutionEventKind.ClearOutput, """{"wait":false}""");
        Apply(ExecutionEventKind.ResultUpdate, """{"data":{"text/plain":"new"},"metadata":{},"transient":{"display_id":"a"}}""");
        Apply(ExecutionEventKind.ResultUpdate, """{"data":{"text/plain":"new"},"metadata":{},"transient":{}}""");

        _list.Should().BeEmpty();
    }

    [Test]
    public void Clearing_takes_everything_at_once_or_when_the_next_output_comes()
    {
        Apply(ExecutionEventKind.Stdout, "\"old\"");
        Apply(ExecutionEventKind.ClearOutput, """{"wait":false}""");
        Written().Should().Be("[]");

        Apply(ExecutionEventKind.Stdout, "\"next\"");
        Apply(ExecutionEventKind.ClearOutput, """{"wait":true}""");
        Apply(ExecutionEventKind.ResultUpdate, """{"data":{},"metadata":{},"transient":{"display_id":"none"}}""");
        Written().Should().Contain("next", "an update is not the next output");

        Apply(ExecutionEventKind.Stdout, "\"last\"");
        Written().Should().Be("""[{"name":"stdout","output_type":"stream","text":"last"}]""");
    }

    [Test]
    public void Outputs_beyond_the_limit_are_left_out_with_a_note_and_an_error_is_not()
    {
        Apply(ExecutionEventKind.Stdout, $"\"{new string('x', Limit - 10)}\"");
        Apply(ExecutionEventKind.Stdout, $"\"{new string('y', 20)}\"");
        Apply(ExecutionEventKind.Stdout, "\"z\"");
        Apply(ExecutionEventKind.Error, """{"ename":"E","evalue":"v","traceback":[]}""");

        _budget.IsSpent.Should().BeTrue();
        Types().Should().Equal("stream", "stream", "error");
        ((string)_list[1]["text"]!).Should().Contain($"{Limit} bytes");
    }

    [Test]
    public void Cleared_replaced_and_overwritten_output_does_not_count()
    {
        var half = new string('x', Limit / 2);
        for (var i = 0; i < 10; i++)
        {
            Apply(ExecutionEventKind.Stdout, $"\"{half}\\r\"");
        }

        for (var i = 0; i < 10; i++)
        {
            Apply(ExecutionEventKind.ClearOutput, "{}");
            Show("a", half);
            Apply(ExecutionEventKind.ResultUpdate, $$$"""{"data":{"text/plain":"{{{half}}}"},"metadata":{},"transient":{"display_id":"a"}}""");
        }

        _budget.IsSpent.Should().BeFalse();
        Texts(_list, "text/plain").Should().Equal(half);
    }

    private (CellOutputs Outputs, JArray List) NewCell(OutputBudget? budget = null)
    {
        var json = new JObject { ["cell_type"] = "code", ["metadata"] = new JObject(), ["source"] = "" };
        var cell = new NotebookCell(json, 0);
        var list = cell.Clear();
        return (new CellOutputs(cell, list, _displays, budget ?? _budget), list);
    }

    private void Show(string id, string text) =>
        Apply(ExecutionEventKind.Display, $$$"""{"data":{"text/plain":"{{{text}}}"},"metadata":{},"transient":{"display_id":"{{{id}}}"}}""");

    private void Apply(ExecutionEventKind kind, string payload) => Apply(_outputs, kind, payload);

    private static void Apply(CellOutputs outputs, ExecutionEventKind kind, string payload)
    {
        var entry = new JournalEntry(kind, isLate: false, 1, DateTimeOffset.UnixEpoch, Encoding.UTF8.GetBytes(payload));
        outputs.Apply(EventReader.Read(entry));
        entry.Release();
    }

    private string Written()
    {
        _outputs.Flush();
        return _list.ToString(Formatting.None);
    }

    private IEnumerable<string?> Types() => _list.Select(output => (string?)output["output_type"]);

    private static IEnumerable<string?> Texts(JArray list, string mediaType) => list.Select(output => (string?)output["data"]![mediaType]);
}
