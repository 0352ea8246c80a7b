using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Contents;

[Platform("Linux")]
public class ContentsDescriptionTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Routes_and_bodies_are_described(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();

        var document = await served.Client.GetTokenAsync("/openapi.json", cancellationToken);
        var operations = document["paths"]!.Children<JProperty>()
            .Where(path => path.Name is "/api/contents/{path}" or "/files/{path}" or "/api/nbconvert" or "/api/terminals" or "/api/terminals/{name}"
                or "/terminals/websocket/{name}")
            .SelectMany(path => path.Value.Children<JProperty>().Select(operation => (Name: $"{operation.Name} {path.Name}", operation.Value)))
            .ToArray();

        operations.Select(operation => operation.Name).Should().BeEquivalentTo(
            "get /api/contents/{path}", "post /api/contents/{path}", "put /api/contents/{path}", "patch /api/contents/{path}",
            "delete /api/contents/{path}", "get /files/{path}", "head /files/{path}", "get /api/nbconvert", "get /api/terminals",
            "post /api/terminals", "get /api/terminals/{name}", "delete /api/terminals/{name}", "get /terminals/websocket/{name}");
        foreach (var (name, operation) in operations)
        {
            ((string?)operation["summary"]).Should().NotBeNullOrEmpty(name);
            operation["responses"]!.Children<JProperty>().Should().OnlyContain(
                response => !string.IsNullOrEmpty((string?)response.Value["description"]), name);
        }

        foreach (var body in new[] { "ContentsBody", "SaveBody", "TerminalBody", "CreateTerminalBody" })
        {
            document["components"]!["schemas"]![body]!["properties"]!.Children<JProperty>().Should().OnlyContain(
                property => !string.IsNullOrEmpty((string?)property.Value["description"]), body);
        }
    }
}
