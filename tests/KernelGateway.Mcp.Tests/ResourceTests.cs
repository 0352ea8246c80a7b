using FluentAssertions;
using KernelGateway.Mcp.Addresses;
using KernelGateway.Mcp.Tests.Support;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using NUnit.Framework;

namespace KernelGateway.Mcp.Tests;

[CancelAfter(60_000)]
public sealed class ResourceTests
{
    [Test]
    public async Task Resources_are_the_notebooks_of_contexts_and_the_executions_of_the_tools(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);
        var result = await bench.RunAsync("print hello", cancellationToken);

        var resources = await bench.Client.ListResourcesAsync(cancellationToken: cancellationToken);

        resources.Select(resource => resource.Uri).Should().Equal(
            ResourceAddress.OfNotebook(result.Get("context_id")), ResourceAddress.OfExecution(result.Get("execution_id")));
        var templates = await bench.Client.ListResourceTemplatesAsync(cancellationToken: cancellationToken);
        templates.Select(template => template.Name).Should().Equal("execution", "image", "notebook", "file");
    }

    [Test]
    public async Task File_is_text_or_bytes(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);
        var text = Path.Combine(bench.Directory, "a b.txt");
        var bytes = Path.Combine(bench.Directory, "b");
        await File.WriteAllTextAsync(text, "hello", cancellationToken);
        await File.WriteAllBytesAsync(bytes, [1, 0, 255], cancellationToken);

        var readText = await bench.Client.ReadResourceAsync(ResourceAddress.OfFile(text), cancellationToken: cancellationToken);
        var readBytes = await bench.Client.ReadResourceAsync(ResourceAddress.OfFile(bytes), cancellationToken: cancellationToken);

        ((TextResourceContents)readText.Contents.Single()).Text.Should().Be("hello");
        ((BlobResourceContents)readBytes.Contents.Single()).DecodedData.ToArray().Should().Equal(1, 0, 255);
    }

    [TestCase("kernel-gateway://executions/unknown")]
    [TestCase("kernel-gateway://contexts/unknown/notebook")]
    [TestCase("kernel-gateway://files/no/such/file")]
    [TestCase("kernel-gateway://else")]
    [TestCase("https://localhost/")]
    public async Task Resource_that_does_not_exist_is_an_error_that_names_it(string uri, CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);

        var read = async () => await bench.Client.ReadResourceAsync(uri, cancellationToken: cancellationToken);

        (await read.Should().ThrowAsync<McpException>()).Which.Message.Should().Contain(uri);
    }

    [Test]
    public async Task Arguments_of_templates_are_completed(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);
        var result = await bench.RunAsync("return 1", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(bench.Directory, "some.txt"), "", cancellationToken);

        (await CompleteAsync(ResourceAddress.NotebookTemplate, "context_id", result.Get("context_id")[..4])).Should().Equal(result.Get("context_id"));
        (await CompleteAsync(ResourceAddress.ExecutionTemplate, "execution_id", "")).Should().Equal(result.Get("execution_id"));
        (await CompleteAsync(ResourceAddress.FileTemplate, "path", Path.Combine(bench.Directory, "so")))
            .Should().Equal(Path.Combine(bench.Directory, "some.txt"));
        (await CompleteAsync(ResourceAddress.ImageTemplate, "number", "")).Should().BeEmpty();

        async Task<IList<string>> CompleteAsync(string template, string argument, string value)
        {
            var completed = await bench.Client.CompleteAsync(
                new ResourceTemplateReference { Uri = template }, argument, value, cancellationToken: cancellationToken);
            return completed.Completion.Values;
        }
    }

    [TestCase("kernel-gateway://files/a%20b/%C3%A4.txt", "/a b/ä.txt")]
    [TestCase("kernel-gateway://files/", "/")]
    public void Path_of_a_file_is_decoded(string uri, string path) => ResourceAddress.TryParse(uri)!.Id.Should().Be(path);

    [TestCase("kernel-gateway://executions/a/images/0")]
    [TestCase("kernel-gateway://executions/a/images/x")]
    [TestCase("kernel-gateway://executions//images/1")]
    [TestCase("kernel-gateway://contexts/a")]
    [TestCase("kernel-gateway://files")]
    public void Address_of_another_form_is_not_one(string uri) => ResourceAddress.TryParse(uri).Should().BeNull();
}
