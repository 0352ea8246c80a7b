namespace KernelGateway.Mcp;

/// <summary>What the tools of the MCP server work on: a gateway in this process, or one that is reached over a connection.</summary>
/// <remarks>
/// <code>
/// var backend = new McpBackend
/// {
///     Interpreter = gateway, Executions = gateway, Notebooks = new GatewayNotebooks(gateway),
///     Files = gateway.Files, Commands = gateway.Commands,
/// };
/// </code>
/// A tool whose service is null is not offered.
/// </remarks>
public sealed record McpBackend
{
    /// <summary>Gets the contexts.</summary>
    public required ICodeInterpreter Interpreter { get; init; }

    /// <summary>Gets the executions: code runs on when a call has ended before it, and is found again by its id.</summary>
    public required IExecutions Executions { get; init; }

    /// <summary>Gets what runs and exports notebooks. Default: null, for neither.</summary>
    public INotebooks? Notebooks { get; init; }

    /// <summary>Gets the files of the machine on which the code runs. Default: null, for no tools for files, and no notebooks to run.</summary>
    public ISandboxFiles? Files { get; init; }

    /// <summary>Gets the commands of that machine. Default: null, for no tool for commands, and no packages of npm.</summary>
    public ISandboxCommands? Commands { get; init; }
}
