using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Envd.Files;

public class ComposeTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Parts_become_one_file_and_are_removed(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        await File.WriteAllTextAsync(server.PathOf("1"), "one ", cancellationToken);
        await File.WriteAllTextAsync(server.PathOf("2"), "two", cancellationToken);

        using var response = await ComposeAsync(
            server, [server.PathOf("1"), server.PathOf("2")], server.PathOf("x/all"), cancellationToken);

        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be(
            $$"""{"path":"{{server.PathOf("x/all")}}","name":"all","type":"file"}""");
        (await File.ReadAllTextAsync(server.PathOf("x/all"), cancellationToken)).Should().Be("one two");
        Directory.EnumerateFiles(server.Folder).Should().BeEmpty();
    }

    [TestCase("", "all", 400, "source_paths must not be empty")]
    [TestCase("1", "", 400, "destination is required")]
    [TestCase("1 none", "all", 404, "source file not found: {0}/none")]
    [TestCase("1 directory", "all", 400, "source path is not a regular file: {0}/directory")]
    [TestCase("1", "1", 400, "source path \"{0}/1\" cannot be the same as destination")]
    [CancelAfter(TestTimeout)]
    public async Task Failure_leaves_the_parts(string names, string destination, int status, string message, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        await File.WriteAllTextAsync(server.PathOf("1"), "one", cancellationToken);
        Directory.CreateDirectory(server.PathOf("directory"));
        var sources = names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(server.PathOf).ToArray();

        using var response = await ComposeAsync(
            server, sources, destination.Length == 0 ? "" : server.PathOf(destination), cancellationToken);

        ((int)response.StatusCode).Should().Be(status);
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be(new JObject
        {
            ["code"] = status,
            ["message"] = message.Replace("{0}", server.Folder, StringComparison.Ordinal),
        }.ToString(Formatting.None));
        (await File.ReadAllTextAsync(server.PathOf("1"), cancellationToken)).Should().Be("one");
    }

    [TestCase("""{"source_paths": "a", "destination": "b"}""")]
    [TestCase("""{"source_paths": [1], "destination": "b"}""")]
    [TestCase("""{"source_paths": ["a"], "destination": {}}""")]
    [TestCase("[]")]
    [TestCase("{")]
    [CancelAfter(TestTimeout)]
    public async Task Malformed_body_is_400_in_the_form_of_the_original(string body, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var response = await server.Client.PostRawAsync(
            "/files/compose", System.Text.Encoding.UTF8.GetBytes(body), "application/json", cancellationToken);

        ((int)response.StatusCode).Should().Be(400);
        ((JObject)await response.JsonAsync(cancellationToken)).Properties().Select(property => property.Name)
            .Should().Equal("code", "message");
    }

    private static Task<HttpResponseMessage> ComposeAsync(
        EnvdServer server, string[] sources, string destination, CancellationToken cancellationToken) => server.Client.PostJsonAsync(
            "/files/compose", new JObject { ["source_paths"] = new JArray(sources), ["destination"] = destination }, cancellationToken);
}
