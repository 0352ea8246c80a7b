using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Notebooks;

public class ExportNotebookTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task What_a_context_has_executed_is_given_as_a_notebook(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var first = await server.Client.ExecuteAsync("print a", cancellationToken, new JObject { ["context_id"] = id });
        await first.ReadAllAsync(cancellationToken);
        using var second = await server.Client.ExecuteAsync("raise E v", cancellationToken, new JObject { ["context_id"] = id });
        await second.ReadAllAsync(cancellationToken);

        using var response = await server.Client.GetAsync($"/contexts/{id}/notebook", cancellationToken);
        var notebook = (JObject)await response.EnsureSuccessStatusCode().JsonAsync(cancellationToken);

        response.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        notebook.Properties().Select(property => property.Name).Should().Equal("cells", "metadata", "nbformat", "nbformat_minor");
        notebook["cells"]!.Select(cell => (string?)cell["source"]).Should().Equal("print a", "raise E v");
        notebook["cells"]!.Select(cell => (string?)cell["id"]).Should().Equal(first.ExecutionId, second.ExecutionId);
        notebook.SelectToken("cells[1].outputs[0].ename")!.Value<string>().Should().Be("E");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task It_is_declared_a_notebook_for_who_asks_for_one(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/contexts/{id}/notebook");
        request.Headers.Accept.ParseAdd("application/x-ipynb+json");

        using var response = await server.Client.SendAsync(request, cancellationToken);

        response.Content.Headers.ContentType!.MediaType.Should().Be("application/x-ipynb+json");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Context_that_does_not_exist_is_404_with_its_id(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.GetAsync("/contexts/nowhere/notebook", cancellationToken);
        var problem = await response.JsonAsync(cancellationToken);

        ((int)response.StatusCode).Should().Be(404);
        problem["code"]!.Value<string>().Should().Be("context_not_found");
        problem["detail"]!.Value<string>().Should().Contain("nowhere");
    }
}
