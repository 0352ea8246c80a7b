using System.Text.Json.Nodes;
using KernelGateway.Mcp.Executions;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace KernelGateway.Mcp.Tools;

/// <summary>Runs a call of a tool.</summary>
/// <param name="request">The call.</param>
/// <param name="arguments">Its arguments.</param>
/// <param name="cancellationToken">Fires when the client cancels the call.</param>
internal delegate Task<CallToolResult> ToolAction(
    RequestContext<CallToolRequestParams> request, CallArguments arguments, CancellationToken cancellationToken);

/// <summary>A tool of the server. What a model can understand and mend is an answer with an error, not a failure of the protocol.</summary>
/// <param name="protocolTool">Its description.</param>
/// <param name="run">What it does.</param>
internal sealed class GatewayTool(Tool protocolTool, ToolAction run) : McpServerTool
{
    public override Tool ProtocolTool => protocolTool;

    public override IReadOnlyList<object> Metadata => [];

    /// <summary>Describes a tool.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="title">Its name for people.</param>
    /// <param name="description">What it does, for models.</param>
    /// <param name="properties">The JSON schemas of its arguments, an object.</param>
    /// <param name="required">The arguments that must be there.</param>
    /// <param name="outputSchema">The JSON schema of its structured content.</param>
    /// <param name="hints">What it changes.</param>
    public static Tool Describe(
        string name, string title, string description, string properties, string[] required, string outputSchema, ToolAnnotations hints)
    {
        var input = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = JsonNode.Parse(properties),
            ["required"] = new JsonArray([.. required.Select(argument => (JsonNode)argument)]),
            ["additionalProperties"] = false,
        };
        return new Tool
        {
            Name = name,
            Title = title,
            Description = description,
            InputSchema = ToolJson.ToElement(input),
            OutputSchema = ToolJson.Parse(outputSchema),
            Annotations = hints,
        };
    }

    /// <summary>Makes an answer of text and the same facts as an object.</summary>
    public static CallToolResult Answer(string text, JsonObject structured, bool isError = false) => new()
    {
        Content = [new TextContentBlock { Text = text }],
        StructuredContent = ToolJson.ToElement(structured),
        IsError = isError,
    };

    public override async ValueTask<CallToolResult> InvokeAsync(
        RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        try
        {
            return await run(request, new CallArguments(request.Params?.Arguments), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is KernelGatewayException or ArgumentException or InvalidOperationException)
        {
            return new CallToolResult { Content = [new TextContentBlock { Text = $"error: {exception.Message}" }], IsError = true };
        }
    }
}
