using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Contents;

[Platform("Linux")]
public class NotebookContentsTests
{
    private const int TestTimeout = 60_000;

    // As nbformat writes it.
    private const string InFile =
        """
        {
         "cells": [
          {
           "cell_type": "code",
           "execution_count": 1,
           "id": "a",
           "metadata": {},
           "outputs": [
            {
             "data": {
              "application/json": [
               "x\n"
              ],
              "text/html": [
               "<b>\n",
               "</b>"
              ]
             },
             "execution_count": 1,
             "metadata": {},
             "output_type": "execute_result"
            },
            {
             "name": "stdout",
             "output_type": "stream",
             "text": [
              "1\r\n",
              "ä\n"
             ]
            }
           ],
           "source": [
            "a = 1\n",
            "a"
           ]
          },
          {
           "attachments": {
            "x": {
             "image/svg+xml": [
              "<svg/>"
             ]
            }
           },
           "cell_type": "markdown",
           "id": "b",
           "metadata": {},
           "source": []
          }
         ],
         "metadata": {},
         "nbformat": 4,
         "nbformat_minor": 5
        }

        """;

    // As a client has it.
    private static JObject Notebook => (JObject)HttpCalls.Parse(
        """
        {
          "metadata": {"orig_nbformat": 4, "signature": "x"}, "nbformat_minor": 5, "nbformat": 4,
          "cells": [
            {"cell_type": "code", "id": "a", "metadata": {"trusted": true}, "execution_count": 1, "source": "a = 1\na", "outputs": [
              {"output_type": "execute_result", "execution_count": 1, "metadata": {},
               "data": {"text/html": "<b>\n</b>", "application/json": ["x\n"]}},
              {"output_type": "stream", "name": "stdout", "text": "1\r\nä\n"}]},
            {"cell_type": "markdown", "id": "b", "metadata": {"trusted": false}, "source": "",
             "attachments": {"x": {"image/svg+xml": "<svg/>"}}}
          ]
        }
        """);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Notebook_is_saved_as_Jupyter_writes_files_with_a_first_checkpoint(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();

        var created = await SaveAsync(served, Notebook, HttpStatusCode.Created, cancellationToken);
        var again = await SaveAsync(served, NotebookForms.Empty, HttpStatusCode.OK, cancellationToken);

        created["type"]!.Value<string>().Should().Be("notebook");
        created["mimetype"]!.Type.Should().Be(JTokenType.Null);
        created.ContainsKey("message").Should().BeFalse();
        again["size"]!.Value<int>().Should().BeLessThan(created["size"]!.Value<int>());
        served.Read(".ipynb_checkpoints/a-checkpoint.ipynb").Should().Be(InFile, "the first checkpoint stays");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Notebook_is_read_with_text_in_place_of_lines(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a.ipynb", InFile);

        var model = await served.GetAsync("a.ipynb?content=1&hash=1", cancellationToken);
        var content = (JObject)model["content"]!;

        model["format"]!.Value<string>().Should().Be("json");
        model["type"]!.Value<string>().Should().Be("notebook");
        model["hash"]!.Value<string>().Should().HaveLength(64);
        content["cells"]![0]!["metadata"]!["trusted"]!.Value<bool>().Should().BeFalse("nobody trusts it yet");
        content["cells"]![1]!["metadata"]!.Should().BeEmpty();
        ((JObject)content["cells"]![0]!["metadata"]!).Remove("trusted");
        var expected = Notebook;
        expected["metadata"] = new JObject();
        foreach (var cell in expected["cells"]!) cell["metadata"] = new JObject();
        content.Should().BeEquivalentTo(expected);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Notebook_that_is_saved_with_trusted_cells_is_trusted_until_a_program_changes_it(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        var doubtful = Notebook;
        doubtful["cells"]![0]!["metadata"]!["trusted"] = false;

        await SaveAsync(served, Notebook, HttpStatusCode.Created, cancellationToken);
        (await IsTrustedAsync(served, cancellationToken)).Should().BeTrue();

        File.AppendAllText(served.PathOf("a.ipynb"), "\n");
        (await IsTrustedAsync(served, cancellationToken)).Should().BeFalse();

        using var trusted = await served.SendAsync("POST", "a.ipynb/trust", cancellationToken);
        trusted.StatusCode.Should().Be(HttpStatusCode.Created);
        (await IsTrustedAsync(served, cancellationToken)).Should().BeTrue();

        doubtful["metadata"]!["x"] = 1;
        await SaveAsync(served, doubtful, HttpStatusCode.OK, cancellationToken);
        (await IsTrustedAsync(served, cancellationToken)).Should().BeFalse();
    }

    [TestCase("", "it is empty")]
    [TestCase("{", "it is not JSON")]
    [TestCase("[]", "it is not a JSON object")]
    [TestCase("null", "it is empty")]
    [TestCase("""{"nbformat": 3, "worksheets": []}""", "its format is 3")]
    [TestCase("""{"cells": []}""", "its format is not given")]
    [CancelAfter(TestTimeout)]
    public async Task File_that_is_not_a_notebook_is_400_and_can_be_read_as_a_file(
        string content, string problem, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a.ipynb", content);

        (await served.FailAsync("GET", "a.ipynb", HttpStatusCode.BadRequest, cancellationToken))
            .Should().StartWith($"Unreadable Notebook: a.ipynb: {problem}");
        var asFile = await served.GetAsync("a.ipynb?type=file", cancellationToken);

        asFile["content"]!.Value<string>().Should().Be(content);
        asFile["type"]!.Value<string>().Should().Be("file");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Notebook_with_an_error_is_saved_and_read_with_a_message(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        var notebook = JObject.Parse("""{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "unknown"}]}""");

        var saved = await SaveAsync(served, notebook, HttpStatusCode.Created, cancellationToken);
        var read = await served.GetAsync("a.ipynb", cancellationToken);

        foreach (var model in new[] { saved, read })
        {
            model["message"]!.Value<string>().Should().StartWith("Notebook validation failed: ").And.Contain("cells[0].cell_type");
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Notebook_that_does_not_fit_into_memory_is_503(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync(gateway => gateway.MaxMemory = 16 << 20);
        var notebook = NotebookForms.Empty;
        notebook["metadata"]!["x"] = new string('x', 10_000_000);
        served.Create("a.ipynb", notebook.ToString());

        await served.FailAsync("GET", "a.ipynb", HttpStatusCode.ServiceUnavailable, cancellationToken);

        served.Server.Gateway.Memory.UsedBytes.Should().Be(0);
        (await served.GetAsync("a.ipynb?type=file", cancellationToken))["content"]!.Value<string>()!.Length
            .Should().BeGreaterThan(10_000_000, "a file is never in memory as a whole");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Notebook_of_many_cells_is_answered_whole(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        var notebook = NotebookForms.Empty;
        var cells = (JArray)notebook["cells"]!;
        for (var number = 0; number < 500; number++)
        {
            cells.Add(new JObject
            {
                ["cell_type"] = "markdown",
                ["id"] = $"c{number}",
                ["metadata"] = new JObject(),
                ["source"] = string.Concat(Enumerable.Repeat($"{number}\n", 200)),
            });
        }

        await SaveAsync(served, notebook, HttpStatusCode.Created, cancellationToken);
        var read = await served.GetAsync("a.ipynb", cancellationToken);

        JToken.DeepEquals(read["content"]!["cells"], cells).Should().BeTrue();
    }

    private static async Task<JObject> SaveAsync(
        ServedDirectory served, JObject notebook, HttpStatusCode status, CancellationToken cancellationToken)
    {
        var body = new JObject { ["type"] = "notebook", ["format"] = "json", ["content"] = notebook };
        using var response = await served.Client.SendAsync("PUT", "/api/contents/a.ipynb", cancellationToken, body);
        return await response.ObjectAsync(status, cancellationToken);
    }

    private static async Task<bool> IsTrustedAsync(ServedDirectory served, CancellationToken cancellationToken) =>
        (await served.GetAsync("a.ipynb", cancellationToken))["content"]!["cells"]![0]!["metadata"]!["trusted"]!.Value<bool>();

    private static class NotebookForms
    {
        public static JObject Empty => JObject.Parse("""{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}""");
    }
}
