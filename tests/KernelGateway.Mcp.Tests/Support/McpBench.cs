using System.IO.Pipelines;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Notebooks;
using KernelGateway.SandboxServices;
using KernelGateway.Testing.Scripting;
using KernelGateway.Tools;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace KernelGateway.Mcp.Tests.Support;

/// <summary>The MCP server over a gateway with scripted kernels of the language <c>echo</c>, and the package's own client, joined by pipes.</summary>
internal sealed class McpBench : IAsyncDisposable
{
    private readonly KernelGatewayMcp _mcp;
    private readonly McpServer _server;
    private readonly Task _running;

    private McpBench(string directory, Gateway gateway, ScriptedProvisioner provisioner, KernelGatewayMcp mcp, McpServer server, McpClient client, Task running)
    {
        Directory = directory;
        Gateway = gateway;
        Provisioner = provisioner;
        _mcp = mcp;
        _server = server;
        Client = client;
        _running = running;
    }

    /// <summary>Gets a directory for files.</summary>
    public string Directory { get; }

    public Gateway Gateway { get; }

    public ScriptedProvisioner Provisioner { get; }

    public McpClient Client { get; }

    public static async Task<McpBench> StartAsync(CancellationToken cancellationToken, CodeToolsOptions? options = null)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("kernel-gateway-mcp-").FullName;
        var specification = System.IO.Directory.CreateDirectory(Path.Combine(directory, "kernels", "echo")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(specification, "kernel.json"),
            """{"argv": ["echo-kernel"], "display_name": "Echo", "language": "echo"}""",
            cancellationToken);
        var gatewayOptions = new KernelGatewayOptions { DefaultWorkingDirectory = directory };
        gatewayOptions.KernelSpecs.ExtraDirectories.Add(Path.Combine(directory, "kernels"));
        gatewayOptions.KernelSpecs.AllowedKernelSpecs.Add("echo");
        gatewayOptions.Languages.DefaultLanguage = "echo";
        var provisioner = new ScriptedProvisioner();
        var gateway = await new GatewayBuilder(gatewayOptions).AddProvisioner(provisioner).StartAsync(cancellationToken);
        var mcp = new KernelGatewayMcp(
            new McpBackend
            {
                Interpreter = gateway, Executions = gateway, Notebooks = new GatewayNotebooks(gateway), Files = gateway.Files, Commands = gateway.Commands,
            },
            options);
        var serverOptions = new McpServerOptions();
        mcp.ApplyTo(serverOptions);

        var toServer = new Pipe();
        var toClient = new Pipe();
        var server = McpServer.Create(new StreamServerTransport(toServer.Reader.AsStream(), toClient.Writer.AsStream(), "tests"), serverOptions);
        var running = server.RunAsync(CancellationToken.None);
        var client = await McpClient.CreateAsync(
            new StreamClientTransport(toServer.Writer.AsStream(), toClient.Reader.AsStream()), cancellationToken: cancellationToken);
        return new McpBench(directory, gateway, provisioner, mcp, server, client, running);
    }

    /// <summary>Calls a tool.</summary>
    public async Task<CallToolResult> CallAsync(
        string tool, Dictionary<string, object?> arguments, CancellationToken cancellationToken, IProgress<ProgressNotificationValue>? progress = null) =>
        await Client.CallToolAsync(tool, arguments, progress, cancellationToken: cancellationToken);

    /// <summary>Runs code in the default context.</summary>
    public Task<CallToolResult> RunAsync(string code, CancellationToken cancellationToken) =>
        CallAsync("run_code", new() { ["code"] = code }, cancellationToken);

    /// <summary>Creates a context and returns its id.</summary>
    public async Task<string> CreateContextAsync(CancellationToken cancellationToken)
    {
        var created = await CallAsync("create_context", [], cancellationToken);
        return created.Get("context_id");
    }

    /// <summary>Returns the kernel of the only context.</summary>
    public ScriptedKernel Kernel => Provisioner.Kernels.Items.Should().ContainSingle().Subject;

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _server.DisposeAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _mcp.DisposeAsync();
        await Gateway.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}

/// <summary>Reads answers.</summary>
internal static class CallToolResultExtensions
{
    public static string Text(this CallToolResult result) => string.Join('\n', result.Content.OfType<TextContentBlock>().Select(block => block.Text));

    /// <summary>Returns a field of the structured content as text.</summary>
    public static string Get(this CallToolResult result, string field) => result.StructuredContent!.Value.GetProperty(field).ToString();
}
