using System.Reflection;
using KernelGateway.Mcp.Executions;
using KernelGateway.Mcp.Resources;
using KernelGateway.Mcp.Tools;
using KernelGateway.Tools;
using KernelGateway.Tools.Results;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace KernelGateway.Mcp;

/// <summary>The tools and resources of the MCP server, over one backend. All sessions of a server share one object.</summary>
/// <remarks>
/// <code>
/// await using var mcp = new KernelGatewayMcp(backend);
/// var options = new McpServerOptions();
/// mcp.ApplyTo(options);
/// await using var server = McpServer.Create(new StdioServerTransport(options), options);
/// await server.RunAsync();
/// </code>
/// </remarks>
public sealed class KernelGatewayMcp : IAsyncDisposable
{
    private const string Instructions =
        """
        Runs code in live Jupyter kernels. A context is a kernel with its variables; without a context_id code runs in the default context of its
        language, which keeps its variables too. Plots come back as images, tables as rows, errors with the end of their traceback. When run_code
        returns before the code has ended, get_execution returns what follows, send_input answers input(), and interrupt_execution stops it.
        """;

    private readonly CodeTools _shared;
    private readonly ResultShaper _results;

    // Nothing is cut: a client asks for the whole by its address.
    private readonly ResultShaper _whole = new(new ResultShaperOptions { MaxTextLength = 32 << 20, MaxTracebackLength = 1 << 20, MaxImages = 0 });
    private readonly GatewayResources _resources;
    private readonly IReadOnlyList<McpServerTool> _tools;

    /// <summary>Creates the tools. Nothing is started before the first call.</summary>
    /// <param name="backend">What they work on; it stays the caller's.</param>
    /// <param name="options">Limits of time and of results; null for the defaults. <see cref="CodeToolsOptions.Context"/> is not used.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="ArgumentException">An option cannot be used.</exception>
    public KernelGatewayMcp(McpBackend backend, CodeToolsOptions? options = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(backend);
        options ??= new CodeToolsOptions();
        var time = timeProvider ?? TimeProvider.System;
        var recent = new RecentExecutions();
        _shared = new CodeTools(backend.Interpreter, backend.Files, backend.Commands, options);

        // Output that is cut is read whole as a resource, so no files are left on the machine of the code.
        _results = new ResultShaper(options.Results);
        var follower = new ExecutionFollower(_results, options.Results, recent, time);
        _resources = new GatewayResources(backend, _whole, recent, options.MaxFileBytes);
        var packages = new PackageTools(backend, follower, _results);
        List<McpServerTool> tools =
        [
            .. new ExecutionTools(backend, follower, options).Create(),
            .. new ContextTools(backend.Interpreter).Create(),
            .. packages.Create(),
            .. SharedTools.Create(_shared),
        ];
        if (backend.Notebooks is { } notebooks) tools.AddRange(new NotebookTools(notebooks, backend.Files, _results).Create());
        _tools = tools;
    }

    /// <summary>Adds the tools, the resources, and the server's name and instructions to the options of a server.</summary>
    /// <param name="options">The options. What they have already stays, but for handlers of resources and completion.</param>
    public void ApplyTo(McpServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ServerInfo ??= new Implementation { Name = "kernel-gateway", Title = "Kernel Gateway", Version = GetVersion() };
        options.ServerInstructions ??= Instructions;
        options.ToolCollection ??= [];
        foreach (var tool in _tools) options.ToolCollection.TryAdd(tool);
        _resources.ApplyTo(options);
    }

    /// <summary>Removes what the tools have left on the machine: files of output that was cut. Contexts stay.</summary>
    public async ValueTask DisposeAsync()
    {
        await _shared.DisposeAsync().ConfigureAwait(false);
        await _results.DisposeAsync().ConfigureAwait(false);
        await _whole.DisposeAsync().ConfigureAwait(false);
    }

    private static string GetVersion() =>
        typeof(KernelGatewayMcp).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}
