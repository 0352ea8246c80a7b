using FluentAssertions;
using KernelGateway.Mcp.Tests.Support;
using ModelContextProtocol.Protocol;
using NUnit.Framework;

namespace KernelGateway.Mcp.Tests;

[CancelAfter(60_000)]
public sealed class OtherToolTests
{
    private const string Notebook =
        """
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
          {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": null, "outputs": [], "source": "return 1"},
          {"cell_type": "code", "id": "b", "metadata": {}, "execution_count": null, "outputs": [], "source": "raise ValueError second"}]}
        """;

    [Test]
    public async Task Tools_have_descriptions_and_those_of_the_gateway_schemas_of_their_answers(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);

        var tools = await bench.Client.ListToolsAsync(cancellationToken: cancellationToken);

        tools.Select(tool => tool.Name).Should().BeEquivalentTo(
            "run_code", "get_execution", "send_input", "interrupt_execution", "create_context", "list_contexts", "restart_context", "interrupt_context",
            "remove_context", "install_packages", "read_file", "write_file", "list_files", "run_command", "run_notebook", "export_notebook");
        tools.Should().OnlyContain(tool => tool.Description.Length > 20);
        tools.Where(tool => tool.ProtocolTool.OutputSchema is null).Select(tool => tool.Name)
            .Should().BeEquivalentTo("read_file", "write_file", "list_files", "run_command");
    }

    [Test]
    public async Task Context_is_created_listed_restarted_interrupted_and_removed(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);
        var id = await bench.CreateContextAsync(cancellationToken);
        Dictionary<string, object?> context = new() { ["context_id"] = id };

        var listed = await bench.CallAsync("list_contexts", [], cancellationToken);
        listed.StructuredContent!.Value.GetProperty("contexts").EnumerateArray().Should().ContainSingle()
            .Which.GetProperty("context_id").GetString().Should().Be(id);
        (await bench.CallAsync("restart_context", context, cancellationToken)).Get("context_id").Should().Be(id);
        bench.Provisioner.Kernels.Items.Should().HaveCount(2);
        (await bench.CallAsync("interrupt_context", context, cancellationToken)).Get("interrupted").Should().Be("False");
        (await bench.CallAsync("remove_context", context, cancellationToken)).IsError.Should().NotBe(true);

        bench.Gateway.Contexts.List().Should().BeEmpty();
        (await bench.CallAsync("remove_context", context, cancellationToken)).Text().Should().Contain("not found");
    }

    [Test]
    public async Task Files_and_commands_are_those_of_the_machine(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);
        var path = Path.Combine(bench.Directory, "deep", "a.txt");

        await bench.CallAsync("write_file", new() { ["path"] = path, ["content"] = "one\ntwo\n" }, cancellationToken);

        (await bench.CallAsync("read_file", new() { ["path"] = path }, cancellationToken)).Text().Should().Contain("one\ntwo");
        (await bench.CallAsync("list_files", new() { ["path"] = Path.GetDirectoryName(path) }, cancellationToken)).Text().Should().Contain("a.txt");
        (await bench.CallAsync("run_command", new() { ["command"] = $"wc -l < {path}" }, cancellationToken)).Text().Should().Contain("2");
        var missing = await bench.CallAsync("read_file", new() { ["path"] = path + "x" }, cancellationToken);
        missing.IsError.Should().BeTrue();
    }

    [Test]
    public async Task Notebook_is_run_up_to_the_cell_that_raises_and_written_with_its_outputs(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);
        var path = Path.Combine(bench.Directory, "a.ipynb");
        await File.WriteAllTextAsync(path, Notebook, cancellationToken);

        var result = await bench.CallAsync("run_notebook", new() { ["path"] = path, ["output_path"] = path }, cancellationToken);

        result.IsError.Should().BeTrue();
        result.Get("complete").Should().Be("False");
        result.Get("failed_cell").Should().Be("1");
        result.Text().Should().Contain("2 of 2 cells").And.Contain("ValueError: second");
        (await File.ReadAllTextAsync(path, cancellationToken)).Should().Contain("execute_result").And.Contain("ValueError");
        bench.Gateway.Contexts.List().Should().BeEmpty("a notebook without a context gets one for the run");
    }

    [Test]
    public async Task File_that_is_not_a_notebook_is_an_answer_with_an_error(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);
        var path = Path.Combine(bench.Directory, "a.ipynb");
        await File.WriteAllTextAsync(path, "{}", cancellationToken);

        var result = await bench.CallAsync("run_notebook", new() { ["path"] = path }, cancellationToken);

        result.IsError.Should().BeTrue();
        result.Text().Should().Contain("not a notebook");
    }

    [Test]
    public async Task Context_is_exported_as_a_notebook_to_a_file_and_as_a_resource(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);
        var context = (await bench.RunAsync("return 42", cancellationToken)).Get("context_id");
        var path = Path.Combine(bench.Directory, "a.ipynb");

        var result = await bench.CallAsync("export_notebook", new() { ["context_id"] = context, ["path"] = path }, cancellationToken);

        result.Get("cells").Should().Be("1");
        var read = await bench.Client.ReadResourceAsync(result.Get("resource"), cancellationToken: cancellationToken);
        var text = ((TextResourceContents)read.Contents.Single()).Text;
        text.Should().Contain("return 42").And.Be(await File.ReadAllTextAsync(path, cancellationToken));
    }

    [TestCase("--target=/tmp", "python", "not the name of a package")]
    [TestCase("a\nb", "python", "not the name of a package")]
    [TestCase("lodash", "echo", "cannot be installed by this tool")]
    public async Task Packages_that_cannot_be_installed_are_refused(string package, string language, string problem, CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);

        var result = await bench.CallAsync("install_packages", new() { ["packages"] = new[] { package }, ["language"] = language }, cancellationToken);

        result.IsError.Should().BeTrue();
        result.Text().Should().Contain(problem);
        bench.Provisioner.Kernels.Items.Should().BeEmpty();
    }
}
