using KernelGateway.Mcp;
using KernelGateway.Notebooks;
using KernelGateway.SandboxServices;

namespace KernelGateway.Server.Mcp;

/// <summary>What the MCP tools work on in the process of the gateway.</summary>
internal static class LocalBackend
{
    /// <param name="gateway">The gateway.</param>
    /// <param name="sandbox">Its files and commands; null when they are off.</param>
    public static McpBackend Create(Gateway gateway, LocalSandbox? sandbox) => new()
    {
        Interpreter = gateway,
        Executions = gateway,
        Notebooks = new GatewayNotebooks(gateway),
        Files = sandbox is null ? null : new CurrentFiles(sandbox),
        Commands = sandbox?.Commands,
    };
}
