using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Mcp;

/// <summary><c>kernel-gateway mcp</c>: the package's own client over standard input and output, with a real ipykernel.</summary>
[RequiresKernel]
[CancelAfter(120_000)]
public sealed class McpCommandTests
{
    private const string Token = "the-token";

    [Test]
    public async Task Gateway_in_its_process_keeps_variables_and_ends_with_its_input(CancellationToken cancellationToken)
    {
        await using var client = await ConnectAsync([], cancellationToken);

        await RunAsync(client, "x = 6 * 7", cancellationToken);
        var result = await RunAsync(client, "print('printed')\nx", cancellationToken);
        var processId = Text(await RunAsync(client, "import os\nprint(os.getpid())", cancellationToken)).Split('\n')[1];
        await client.DisposeAsync();

        Text(result).Should().Contain("printed").And.Contain("42");
        ProcessTable.IsRunning(processId).Should().BeFalse("the kernel ends with the command");
    }

    [Test]
    public async Task Attached_to_a_running_gateway_it_uses_the_contexts_of_that(CancellationToken cancellationToken)
    {
        await using var server = await ServerProcess.StartAsync(cancellationToken, "--token", Token, "--warm", "none");
        await using var client = await ConnectAsync(["--url", $"{server.Url}", "--token", Token], cancellationToken);
        var progress = new List<string>();

        var result = await client.CallToolAsync(
            "run_code",
            new Dictionary<string, object?> { ["code"] = "print('printed', flush=True)\nx = 42\nx" },
            new ImmediateProgress(progress.Add),
            cancellationToken: cancellationToken);
        await client.DisposeAsync();

        Text(result).Should().Contain("42");
        progress.Should().ContainSingle().Which.Should().Be("printed\n");
        using var http = new HttpClient { BaseAddress = server.Url };
        http.DefaultRequestHeaders.Add("X-API-Key", Token);
        var contexts = await http.GetStringAsync("contexts", cancellationToken);
        var context = result.StructuredContent!.Value.GetProperty("context_id").GetString();
        contexts.Should().Contain(context, "the context belongs to the gateway, not to the command");
    }

    [Test]
    public async Task Gateway_that_cannot_be_reached_is_named_in_the_error(CancellationToken cancellationToken)
    {
        var connect = () => ConnectAsync(["--url", "http://127.0.0.1:9"], cancellationToken);

        (await connect.Should().ThrowAsync<Exception>()).Which.Message.Should().Contain("cannot be reached");
    }

    private static Task<McpClient> ConnectAsync(string[] arguments, CancellationToken cancellationToken) => McpClient.CreateAsync(
        new StdioClientTransport(new StdioClientTransportOptions
        {
            Command = "dotnet",
            Arguments = [Path.Combine(AppContext.BaseDirectory, "kernel-gateway.dll"), "mcp", .. arguments],
        }),
        cancellationToken: cancellationToken);

    private static async Task<CallToolResult> RunAsync(McpClient client, string code, CancellationToken cancellationToken) =>
        await client.CallToolAsync("run_code", new Dictionary<string, object?> { ["code"] = code }, cancellationToken: cancellationToken);

    private static string Text(CallToolResult result) => ((TextContentBlock)result.Content[0]).Text;

    private sealed class ImmediateProgress(Action<string> report) : IProgress<ModelContextProtocol.ProgressNotificationValue>
    {
        public void Report(ModelContextProtocol.ProgressNotificationValue value) => report(value.Message!);
    }
}
