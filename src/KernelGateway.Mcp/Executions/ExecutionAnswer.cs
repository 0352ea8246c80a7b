using System.Text.Json.Nodes;
using KernelGateway.Executions;
using KernelGateway.Mcp.Addresses;
using KernelGateway.Tools;
using KernelGateway.Tools.Results;
using ModelContextProtocol.Protocol;

namespace KernelGateway.Mcp.Executions;

/// <summary>The answer of tools that run or follow code: text, images, links to what is not shown, and the same facts as an object.</summary>
internal static class ExecutionAnswer
{
    private const string Ended = "ended";
    private const string Running = "running";
    private const string WaitingForInput = "waiting_for_input";

    /// <summary>Gets the schema of the structured content.</summary>
    public static string Schema { get; } = SchemaOf("execution_id", "context_id", "state", "after", "output", "output_is_cut");

    /// <summary>Gives the schema for a tool that does not always run code: then fewer fields are there in any case.</summary>
    /// <param name="required">The fields that are always there.</param>
    public static string SchemaOf(params string[] required) =>
        $$"""
        {
          "type": "object",
          "properties": {
            "execution_id": { "type": "string" },
            "context_id": { "type": "string" },
            "state": { "enum": ["ended", "running", "waiting_for_input"] },
            "reason": {
              "enum": ["completed", "error", "interrupted", "timed_out", "kernel_died", "restarted", "removed", "rejected", "unanswered"],
              "description": "Why it ended."
            },
            "variables_preserved": { "type": "boolean", "description": "False when the kernel was replaced or died." },
            "execution_count": { "type": "integer" },
            "error": {
              "type": "object",
              "properties": { "name": { "type": "string" }, "value": { "type": "string" } },
              "required": ["name", "value"]
            },
            "input_prompt": { "type": "string", "description": "What the code asks for; send_input answers it." },
            "after": { "type": "integer", "description": "The cursor: get_execution with it returns what follows." },
            "output": { "type": "string", "description": "The text of this answer." },
            "output_is_cut": { "type": "boolean", "description": "Whether the resources that are linked have more than the text and the images." },
            "resources": { "type": "array", "items": { "type": "string" }, "description": "Their addresses." }
          },
          "required": [{{string.Join(", ", required.Select(field => $"\"{field}\""))}}]
        }
        """;

    public static CallToolResult Create(FollowedState state, ExecutionResult result, ToolResult shaped, ResultShaperOptions limits)
    {
        var execution = state.Execution;
        var content = new List<ContentBlock>();
        var text = Describe(state, shaped);
        content.Add(new TextContentBlock { Text = text });
        content.AddRange(shaped.Contents.OfType<ToolImage>().Select(image => ImageContentBlock.FromBytes(image.Data, image.MediaType)));
        var links = FindLinks(execution, result, shaped, limits).ToArray();
        content.AddRange(links);
        var structured = new JsonObject
        {
            ["execution_id"] = execution.Id,
            ["context_id"] = execution.ContextId,
            ["state"] = StateOf(state),
            ["after"] = state.After,
            ["output"] = text,
            ["output_is_cut"] = links.Length > 0,
        };
        if (links.Length > 0) structured["resources"] = new JsonArray([.. links.Select(link => (JsonNode)link.Uri)]);
        if (result.ExecutionCount is { } count) structured["execution_count"] = count;
        if (result.End is { } end)
        {
            structured["reason"] = ExecutionEnd.WireName(end.Reason);
            structured["variables_preserved"] = end.IsStatePreserved;
        }

        if (result.Error is { } error) structured["error"] = new JsonObject { ["name"] = error.Name, ["value"] = error.Value };
        if (state.Input is { } input) structured["input_prompt"] = input.Prompt;

        // Code that is still running has not failed.
        return new CallToolResult { Content = content, StructuredContent = ToolJson.ToElement(structured), IsError = state.IsEnded && shaped.IsError };
    }

    private static string StateOf(FollowedState state) => state switch
    {
        { IsEnded: true } => Ended,
        { Input: not null } => WaitingForInput,
        _ => Running,
    };

    private static string Describe(FollowedState state, ToolResult shaped)
    {
        var id = state.Execution.Id;
        return state switch
        {
            { IsEnded: true } => shaped.Text,
            { Input: { } input } => $"{shaped.Text}\n\nThe code waits for input: {input.Prompt}\nsend_input with execution_id {id} answers it.",
            _ => $"{shaped.Text}\n\nIt runs on as execution {id}: get_execution with after {state.After} returns what follows.",
        };
    }

    private static IEnumerable<ResourceLinkBlock> FindLinks(
        IExecution execution, ExecutionResult result, ToolResult shaped, ResultShaperOptions limits)
    {
        if (OutputLength.Exceeds(result, limits.MaxTextLength))
        {
            yield return new ResourceLinkBlock
            {
                Uri = ResourceAddress.OfExecution(execution.Id), Name = "whole output", MimeType = "text/plain",
                Description = "All that the code wrote and displayed, as text.",
            };
        }

        var shown = shaped.Contents.OfType<ToolImage>().Select(image => image.Data.Length).ToList();
        foreach (var (image, number) in ExecutionImage.FindAll(result).Select((image, index) => (image, index + 1)))
        {
            if (shown.Remove(image.Data.Length)) continue;
            yield return new ResourceLinkBlock
            {
                Uri = ResourceAddress.OfImage(execution.Id, number), Name = $"image {number}", MimeType = image.MediaType, Size = image.Data.Length,
                Description = "An image that is not shown here.",
            };
        }
    }
}
