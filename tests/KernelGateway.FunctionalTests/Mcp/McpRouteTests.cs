using System.Net;
using System.Net.Http.Headers;
using System.Text;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using ModelContextProtocol.Client;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Mcp;

/// <summary>The route <c>/mcp</c> of <c>kernel-gateway serve</c>: the checks before it, and its place in the audit log.</summary>
[CancelAfter(120_000)]
public sealed class McpRouteTests
{
    private const string Token = "the-token";

    [TestCase("GET")]
    [TestCase("POST")]
    [TestCase("DELETE")]
    public async Task Request_without_the_token_is_refused(string method, CancellationToken cancellationToken)
    {
        await using var server = await ServerProcess.StartAsync(cancellationToken, "--token", Token, "--warm", "none");
        using var http = new HttpClient { BaseAddress = server.Url };
        using var request = new HttpRequestMessage(new HttpMethod(method), "mcp");

        using var response = await http.SendAsync(request, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Test]
    public async Task Body_that_is_not_the_protocol_is_a_client_error(CancellationToken cancellationToken)
    {
        await using var server = await ServerProcess.StartAsync(cancellationToken, "--token", Token, "--warm", "none");
        using var http = new HttpClient { BaseAddress = server.Url };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        http.DefaultRequestHeaders.Accept.ParseAdd("application/json, text/event-stream");
        using var body = new StringContent("[", Encoding.UTF8, "application/json");

        using var response = await http.PostAsync("mcp", body, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        using var method = await http.PutAsync("mcp", content: null, cancellationToken);
        method.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
    }

    [Test]
    public async Task Call_of_a_tool_is_in_the_audit_log_without_its_arguments(CancellationToken cancellationToken)
    {
        await using var server = await ServerProcess.StartAsync(cancellationToken, "--token", Token, "--audit", "--warm", "none");
        await using var client = await McpClient.CreateAsync(
            new HttpClientTransport(new HttpClientTransportOptions
            {
                Endpoint = new Uri(server.Url, "mcp"),
                AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {Token}" },
            }),
            cancellationToken: cancellationToken);

        await client.CallToolAsync("list_files", new Dictionary<string, object?> { ["path"] = "/secret-name" }, cancellationToken: cancellationToken);

        var line = await server.Lines.WaitForAsync(text => text.Contains("called the tool list_files", StringComparison.Ordinal), cancellationToken);
        line.Should().Contain("Token default from 127.0.0.1");
        server.Output.Should().NotContain("secret-name");
    }
}
