using System.Text.RegularExpressions;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Description;

public partial class OpenApiTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Every_route_is_described_with_what_it_takes_and_answers(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        var document = await ReadAsync(server, cancellationToken);
        var operations = document["paths"]!.Children<JProperty>()
            .SelectMany(path => path.Value.Children<JProperty>().Select(operation => (Name: $"{operation.Name} {path.Name}", operation.Value)))
            .ToArray();

        operations.Select(operation => operation.Name).Should().BeEquivalentTo(
            "get /health", "get /ready", "post /execute", "get /contexts", "post /contexts", "get /contexts/{id}", "delete /contexts/{id}",
            "post /contexts/{id}/restart", "post /contexts/{id}/interrupt", "post /contexts/{id}/input", "get /executions/{id}",
            "get /executions/{id}/events", "post /executions/{id}/interrupt", "get /api", "get /api/status", "get /api/me", "get /api/kernelspecs",
            "get /api/kernelspecs/{name}", "get /kernelspecs/{name}/{file}", "head /kernelspecs/{name}/{file}", "get /api/kernels",
            "post /api/kernels", "get /api/kernels/{id}", "delete /api/kernels/{id}", "post /api/kernels/{id}/interrupt",
            "post /api/kernels/{id}/restart", "get /api/sessions", "post /api/sessions", "get /api/sessions/{id}", "patch /api/sessions/{id}",
            "delete /api/sessions/{id}", "get /api/kernels/{id}/channels", "post /api/notebooks/execute", "get /contexts/{id}/notebook");
        foreach (var (name, operation) in operations)
        {
            ((string?)operation["summary"]).Should().NotBeNullOrEmpty(name);
            ((string?)operation["operationId"]).Should().NotBeNullOrEmpty(name);
            operation["responses"]!.Children<JProperty>().Should().OnlyContain(
                response => !string.IsNullOrEmpty((string?)response.Value["description"]), name);
            foreach (var parameter in PathParameters().Matches(name).Select(match => match.Groups[1].Value))
            {
                operation["parameters"]!.Select(one => (string?)one["name"]).Should().ContainSingle(one => one == parameter, name);
            }
        }

        document.SelectToken("$.paths['/execute'].post.requestBody.content['application/json'].schema").Should().NotBeNull();
        document.SelectToken("$.paths['/execute'].post.responses")!.Children<JProperty>().Select(response => response.Name)
            .Should().Equal("200", "400", "404", "413", "415", "422", "429", "500", "503");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Every_property_of_every_schema_is_described(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        var document = await ReadAsync(server, cancellationToken);

        foreach (var property in document["components"]!["schemas"]!.Children<JProperty>()
            .SelectMany(schema => schema.Value["properties"]?.Children<JProperty>() ?? [])
            .Where(property => property.Name != "type" && property.Value["$ref"] is null && property.Value["oneOf"] is null))
        {
            ((string?)property.Value["description"]).Should().NotBeNullOrEmpty(property.Path);
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Answers_have_the_properties_that_are_described_and_no_others(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var document = await ReadAsync(server, cancellationToken);
        var context = await server.Client.CreateContextAsync(cancellationToken);
        using var stream = await server.Client.ExecuteAsync(
            "print a\nwarn b\ndisplay d x\nupdate d y\nclear\ninput p\nreturn 1\nraise E v",
            cancellationToken,
            new JObject { ["detail"] = true, ["allow_stdin"] = true, ["context_id"] = context });
        await stream.ReadUntilAsync("input_request", cancellationToken);
        using var input = await server.Client.PostJsonAsync($"/contexts/{context}/input", new JObject { ["value"] = "v" }, cancellationToken);
        await stream.ReadAllAsync(cancellationToken);
        using var all = await server.Client.ReadEventsAsync($"/executions/{stream.ExecutionId}/events", cancellationToken);

        foreach (var line in await all.ReadAllAsync(cancellationToken))
        {
            var name = ((string?)document.SelectToken($"$.components.schemas.EventLine.discriminator.mapping.{line["type"]}"))!.Split('/')[^1];
            AssertDescribed(document, name, line, areAllThere: false);
        }

        AssertDescribed(document, "ContextDetailBody", await GetAsync($"/contexts/{context}"));
        AssertDescribed(document, "ExecutionBody", await GetAsync($"/executions/{stream.ExecutionId}"));
        AssertDescribed(document, "EndBody", (JObject)(await GetAsync($"/executions/{stream.ExecutionId}"))["end"]!);
        AssertDescribed(document, "NotebookDocument", await GetAsync($"/contexts/{context}/notebook"));
        AssertDescribed(document, "ReadyBody", await GetAsync("/ready"));
        AssertDescribed(document, "ProblemBody", await GetAsync("/executions/none"));

        async Task<JObject> GetAsync(string path)
        {
            using var response = await server.Client.GetAsync(path, cancellationToken);
            return (JObject)await response.JsonAsync(cancellationToken);
        }
    }

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex PathParameters();

    private static void AssertDescribed(JObject document, string schema, JObject answer, bool areAllThere = true)
    {
        var described = document["components"]!["schemas"]![schema]!["properties"]!.Children<JProperty>().Select(property => property.Name).ToArray();
        var there = answer.Properties().Select(property => property.Name).ToArray();
        there.Should().BeSubsetOf(described, schema);
        if (areAllThere) described.Should().BeSubsetOf(there, schema);
    }

    private static async Task<JObject> ReadAsync(GatewayServer server, CancellationToken cancellationToken)
    {
        using var response = await server.Client.GetAsync("/openapi.json", cancellationToken);
        return (JObject)await response.EnsureSuccessStatusCode().JsonAsync(cancellationToken);
    }
}
