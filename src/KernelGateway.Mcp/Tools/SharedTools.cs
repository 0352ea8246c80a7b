using KernelGateway.Mcp.Executions;
using KernelGateway.Tools;
using KernelGateway.Tools.Results;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace KernelGateway.Mcp.Tools;

/// <summary>The tools for files and commands, which are the same for all frameworks of agents.</summary>
internal static class SharedTools
{
    // Here it has a context, and code that outlives the call.
    private const string RunCode = "run_code";

    public static IEnumerable<McpServerTool> Create(CodeTools tools) => tools.All.Where(tool => tool.Name != RunCode).Select(tool => new SharedTool(tool));

    private sealed class SharedTool(CodeTool tool) : McpServerTool
    {
        public override Tool ProtocolTool { get; } = new()
        {
            Name = tool.Name,
            Title = char.ToUpperInvariant(tool.Name[0]) + tool.Name[1..].Replace('_', ' '),
            Description = tool.Description,
            InputSchema = ToolJson.Parse(tool.InputSchema),
            Annotations = new ToolAnnotations { ReadOnlyHint = tool.IsReadOnly },
        };

        public override IReadOnlyList<object> Metadata => [];

        public override async ValueTask<CallToolResult> InvokeAsync(
            RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
        {
            var arguments = request.Params?.Arguments?.ToDictionary(pair => pair.Key, object? (pair) => pair.Value, StringComparer.Ordinal) ?? [];
            var result = await tool.InvokeAsync(arguments, cancellationToken).ConfigureAwait(false);
            return new CallToolResult { Content = [.. result.Contents.Select(ToBlock)], IsError = result.IsError };
        }

        private static ContentBlock ToBlock(ToolContent content) => content switch
        {
            ToolImage image => ImageContentBlock.FromBytes(image.Data, image.MediaType),
            ToolText text => new TextContentBlock { Text = text.Text },
            _ => throw new InvalidOperationException($"A content of type {content.GetType().Name} cannot be sent."),
        };
    }
}
