using System.Text;
using FluentAssertions;
using KernelGateway.Notebooks;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Tests.Notebooks;

public sealed class NotebookTests
{
    internal const string Everything = """
        {
         "cells": [
          {
           "attachments": {"a.png": {"image/png": "AAAA"}},
           "cell_type": "markdown",
           "id": "intro",
           "metadata": {"editable": false, "slideshow": {"slide_type": "slide"}},
           "source": ["# Title\n", "![a](attachment:a.png)"]
          },
          {
           "cell_type": "code",
           "execution_count": 3,
           "id": "one",
           "metadata": {"collapsed": true, "tags": ["parameters", "skip-execution"], "x_1.0": 1.0},
           "outputs": [{"name": "stdout", "output_type": "stream", "text": ["a\n", "b"], "surprise": null}],
           "source": ["x = 1\n", "x"],
           "unknown": [1, 2.50, "2020-01-01T00:00:00Z"]
          },
          {"cell_type": "raw", "id": "raw", "metadata": {"format": "text/latex"}, "source": "\\LaTeX ☃ \u2028 \ud83d\ude00"}
         ],
         "metadata": {
          "kernelspec": {"display_name": "Old", "language": "python", "name": "old", "extra": true},
          "language_info": {"name": "python", "version": "2.7"},
          "widgets": {"deep": [[[{}]]]}
         },
         "nbformat": 4,
         "nbformat_minor": 5,
         "own": {"kept": true}
        }
        """;

    [Test]
    public void Unknown_fields_are_kept()
    {
        var notebook = Parse(Everything);

        var written = Write(notebook);

        JToken.DeepEquals(Notebook.Parse(Encoding.UTF8.GetBytes(written)).Json, notebook.Json).Should().BeTrue();
        written.Should().Contain("\"2020-01-01T00:00:00Z\"").And.Contain("\"x_1.0\": 1.0").And.Contain("☃").And.Contain("\"surprise\": null");
        written.Should().StartWith("{\n \"cells\": [\n  {\n").And.EndWith("\n}\n").And.NotContain("\r");
        notebook.Json.Properties().Select(property => property.Name).Should().Equal("cells", "metadata", "nbformat", "nbformat_minor", "own");
    }

    [Test]
    public void Fields_of_the_cells_are_read()
    {
        var notebook = Parse(Everything);

        notebook.KernelSpecName.Should().Be("old");
        notebook.Language.Should().Be("python");
        notebook.Cells.Select(cell => (cell.Index, cell.Id, cell.IsCode, cell.IsSkipped)).Should().Equal(
            (0, "intro", false, false), (1, "one", true, true), (2, "raw", false, false));
        notebook.Cells[1].Source.Should().Be("x = 1\nx");
        notebook.Cells[1].ExecutionCount.Should().Be(3);
        notebook.Cells[1].Outputs.Should().ContainSingle();
        notebook.Cells[2].Source.Should().Be("\\LaTeX ☃ \u2028 \ud83d\ude00");
    }

    [Test]
    public void A_byte_order_mark_is_skipped() =>
        Notebook.Parse((byte[])[.. Encoding.UTF8.Preamble, .. """{"cells":[],"nbformat":4}"""u8]).Cells.Should().BeEmpty();

    [Test]
    public void Absent_fields_with_an_obvious_value_are_added()
    {
        var notebook = Parse("""{"cells":[{"cell_type":"code","source":"1"},{"cell_type":"markdown"}],"nbformat":4}""");

        notebook.RepairIds();

        notebook.FormatMinor.Should().Be(5);
        notebook.Metadata.Should().BeEmpty();
        notebook.Cells[0].Json.Properties().Select(property => property.Name).Should().BeEquivalentTo(
            "cell_type", "source", "metadata", "outputs", "execution_count", "id");
        notebook.Cells.Select(cell => cell.Id).Should().OnlyHaveUniqueItems().And.OnlyContain(id => id!.Length == 8);
    }

    [Test]
    public void Null_counts_as_absent()
    {
        var notebook = Parse("""
            {"cells":[{"cell_type":"code","source":"1","id":null,"metadata":null,"outputs":null}],"metadata":{"kernelspec":null,"language_info":null},"nbformat":4}
            """);

        notebook.RepairIds();

        (notebook.KernelSpecName, notebook.Language).Should().Be((null, null));
        notebook.Cells[0].Id.Should().NotBeNull();
        notebook.Cells[0].Outputs.Should().BeEmpty();
    }

    [Test]
    public void Cells_of_earlier_formats_get_no_ids_and_existing_ids_stay()
    {
        var earlier = Parse("""{"cells":[{"cell_type":"raw","source":""}],"metadata":{},"nbformat":4,"nbformat_minor":4}""");
        var present = Parse("""{"cells":[{"cell_type":"raw","id":"mine","source":""}],"metadata":{},"nbformat":4,"nbformat_minor":5}""");

        earlier.RepairIds();
        present.RepairIds();

        earlier.Cells[0].Id.Should().BeNull();
        present.Cells[0].Id.Should().Be("mine");
    }

    [TestCase("\"\"")]
    [TestCase("null")]
    [TestCase("7")]
    [TestCase("[\"a\"]")]
    [TestCase("\"a b\"")]
    [TestCase("\"ä\"")]
    [TestCase("\"one\"")]
    [TestCase("\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"")]
    public void An_id_that_is_not_valid_or_not_the_first_of_its_kind_is_replaced_and_good_ones_stay(string id)
    {
        var notebook = Parse($$"""
            {"cells":[{"cell_type":"raw","id":"one","source":""},{"cell_type":"raw","id":{{id}},"source":"s"},{"cell_type":"raw","id":"T-w_0","source":""}],
            "metadata":{},"nbformat":4,"nbformat_minor":5}
            """);

        notebook.RepairIds();

        notebook.Cells.Select(cell => cell.Id).Should().OnlyHaveUniqueItems();
        notebook.Cells[0].Id.Should().Be("one");
        notebook.Cells[1].Id.Should().MatchRegex("^[0-9a-f]{8}$");
        notebook.Cells[2].Id.Should().Be("T-w_0");
    }

    [Test]
    public void Ids_are_removed_in_a_format_without_ids()
    {
        var notebook = Parse("""{"cells":[{"cell_type":"raw","id":"one","source":""}],"metadata":{},"nbformat":4,"nbformat_minor":4}""");

        notebook.RepairIds();

        notebook.Cells[0].Json.ContainsKey("id").Should().BeFalse();
    }

    [Test]
    public void Cells_of_a_type_that_a_later_format_may_have_are_let_be()
    {
        const string Later = """{"cells":[{"cell_type":"sql","query":1}],"metadata":{},"nbformat":4,"nbformat_minor":6}""";

        Parse(Later).Cells.Should().ContainSingle().Which.IsCode.Should().BeFalse();
    }

    [TestCase("", "", "not JSON")]
    [TestCase("{\"cells\":", "", "not JSON")]
    [TestCase("[]", "", "not an object")]
    [TestCase("{}", "nbformat", "neither 'nbformat' nor 'cells'")]
    [TestCase("""{"cells":[]}""", "nbformat", "missing")]
    [TestCase("""{"nbformat":4}""", "cells", "missing")]
    [TestCase("""{"nbformat":"4","cells":[]}""", "nbformat", "a string; it has to be a whole number")]
    [TestCase("""{"nbformat":3,"nbformat_minor":0,"metadata":{},"worksheets":[]}""", "nbformat", "old format 3")]
    [TestCase("""{"nbformat":5,"cells":[]}""", "nbformat", "format 5")]
    [TestCase("""{"nbformat":4,"nbformat_minor":-1,"cells":[]}""", "nbformat_minor", "from 0 on")]
    [TestCase("""{"nbformat":4,"nbformat_minor":5.5,"cells":[]}""", "nbformat_minor", "a number")]
    [TestCase("""{"nbformat":99999999999999999999,"cells":[]}""", "nbformat", "not known here")]
    [TestCase("""{"nbformat":4,"nbformat_minor":99999999999999999999,"cells":[]}""", "nbformat_minor", "from 0 on")]
    [TestCase("""{"nbformat":4,"cells":{}}""", "cells", "an object; it has to be a list")]
    [TestCase("""{"nbformat":4,"cells":[],"metadata":[]}""", "metadata", "a list")]
    [TestCase("""{"nbformat":4,"cells":[],"metadata":{"kernelspec":{"name":1}}}""", "metadata.kernelspec.name", "a number")]
    [TestCase("""{"nbformat":4,"cells":[],"metadata":{"language_info":"x"}}""", "metadata.language_info", "a string")]
    [TestCase("""{"nbformat":4,"cells":[null]}""", "cells[0]", "null")]
    [TestCase("""{"nbformat":4,"cells":[{}]}""", "cells[0].cell_type", "missing")]
    [TestCase("""{"nbformat":4,"cells":[{"cell_type":"heading","source":""}]}""", "cells[0].cell_type", "'heading'")]
    [TestCase("""{"nbformat":4,"cells":[{"cell_type":"raw"},{"cell_type":"code"}]}""", "cells[1].source", "missing")]
    [TestCase("""{"nbformat":4,"cells":[{"cell_type":"code","source":null}]}""", "cells[0].source", "null")]
    [TestCase("""{"nbformat":4,"cells":[{"cell_type":"code","source":["a",1]}]}""", "cells[0].source[1]", "a number")]
    [TestCase("""{"nbformat":4,"cells":[{"cell_type":"code","source":"","outputs":{}}]}""", "cells[0].outputs", "an object")]
    [TestCase("""{"nbformat":4,"cells":[{"cell_type":"code","source":"","execution_count":"1"}]}""", "cells[0].execution_count", "a string")]
    [TestCase("""{"nbformat":4,"cells":[{"cell_type":"code","source":"","metadata":1}]}""", "cells[0].metadata", "a number")]
    [TestCase("""{"nbformat":4,"cells":[{"cell_type":"code","source":"","metadata":{"tags":"x"}}]}""", "cells[0].metadata.tags", "a string")]
    [TestCase("""{"nbformat":4,"cells":[{"cell_type":"code","source":"","metadata":{"tags":[true]}}]}""", "cells[0].metadata.tags[0]", "a boolean")]
    public void Invalid_notebook_is_refused_with_the_field_named(string json, string field, string said)
    {
        var parse = () => Parse(json);

        parse.Should().Throw<NotebookFormatException>().Where(exception => exception.Field == field).WithMessage($"*{said}*");
    }

    internal static Notebook Parse(string json) => Notebook.Parse(Encoding.UTF8.GetBytes(json));

    private static string Write(Notebook notebook)
    {
        using var stream = new MemoryStream();
        notebook.WriteTo(stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
