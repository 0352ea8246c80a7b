using System.Text.Json.Nodes;
using KernelGateway.Contexts;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace KernelGateway.Mcp.Tools;

/// <summary>Create, list, restart, interrupt and remove contexts.</summary>
internal sealed class ContextTools(ICodeInterpreter interpreter)
{
    private const string ContextSchema =
        """
        {
          "type": "object",
          "properties": {
            "context_id": { "type": "string" },
            "language": { "type": "string" },
            "working_directory": { "type": "string" }
          },
          "required": ["context_id", "language", "working_directory"]
        }
        """;

    private const string ContextArgument = """{ "context_id": { "type": "string", "description": "The context." } }""";

    public IEnumerable<McpServerTool> Create() =>
    [
        new GatewayTool(
            GatewayTool.Describe(
                "create_context",
                "Create a context",
                "Starts a kernel of its own, with variables of its own, and returns its context_id for run_code.",
                """
                {
                  "language": {
                    "type": "string",
                    "description": "The language, such as python, javascript or r, or the name of a kernelspec. Default: usually python."
                  },
                  "working_directory": { "type": "string", "description": "The directory in which the kernel starts; it must exist. Default: the gateway's." },
                  "environment": {
                    "type": "object", "additionalProperties": { "type": "string" },
                    "description": "Environment variables of the kernel."
                  }
                }
                """,
                [],
                ContextSchema,
                new ToolAnnotations { DestructiveHint = false }),
            CreateAsync),
        new GatewayTool(
            GatewayTool.Describe(
                "list_contexts",
                "List contexts",
                "Lists the contexts, those of other clients of the gateway too.",
                "{}",
                [],
                $$"""
                {
                  "type": "object",
                  "properties": { "contexts": { "type": "array", "items": {{ContextSchema}} } },
                  "required": ["contexts"]
                }
                """,
                new ToolAnnotations { ReadOnlyHint = true, IdempotentHint = true }),
            ListAsync),
        new GatewayTool(
            GatewayTool.Describe(
                "restart_context",
                "Restart a context",
                "Replaces the kernel's process: the id stays, the variables are lost, code that runs or waits in it ends.",
                ContextArgument,
                ["context_id"],
                ContextSchema,
                new ToolAnnotations { DestructiveHint = true }),
            RestartAsync),
        new GatewayTool(
            GatewayTool.Describe(
                "interrupt_context",
                "Interrupt a context",
                "Interrupts the code that runs in a context, whoever runs it. Variables are kept.",
                ContextArgument,
                ["context_id"],
                """
                {
                  "type": "object",
                  "properties": { "interrupted": { "type": "boolean", "description": "False when no code ran." } },
                  "required": ["interrupted"]
                }
                """,
                new ToolAnnotations { DestructiveHint = true }),
            InterruptAsync),
        new GatewayTool(
            GatewayTool.Describe(
                "remove_context",
                "Remove a context",
                "Shuts a context's kernel down: its variables are lost, code that runs or waits in it ends.",
                ContextArgument,
                ["context_id"],
                """{ "type": "object", "properties": { "context_id": { "type": "string" } }, "required": ["context_id"] }""",
                new ToolAnnotations { DestructiveHint = true }),
            RemoveAsync),
    ];

    private static JsonObject Describe(ICodeContext context) => new()
    {
        ["context_id"] = context.Id, ["language"] = context.Language, ["working_directory"] = context.WorkingDirectory,
    };

    private static string Write(ICodeContext context) => $"{context.Id}: {context.Language} in {context.WorkingDirectory}";

    private async Task<CallToolResult> CreateAsync(
        RequestContext<CallToolRequestParams> request, CallArguments arguments, CancellationToken cancellationToken)
    {
        var context = await interpreter.CreateContextAsync(
            new CreateContextOptions
            {
                Language = arguments.Name("language"),
                WorkingDirectory = arguments.Name("working_directory"),
                EnvironmentVariables = arguments.Variables("environment"),
            },
            cancellationToken).ConfigureAwait(false);
        return GatewayTool.Answer($"Created context {Write(context)}", Describe(context));
    }

    private async Task<CallToolResult> ListAsync(
        RequestContext<CallToolRequestParams> request, CallArguments arguments, CancellationToken cancellationToken)
    {
        var contexts = await interpreter.ListContextsAsync(cancellationToken).ConfigureAwait(false);
        var text = contexts.Count == 0 ? "There are no contexts." : string.Join('\n', contexts.Select(Write));
        return GatewayTool.Answer(text, new JsonObject { ["contexts"] = new JsonArray([.. contexts.Select(context => (JsonNode)Describe(context))]) });
    }

    private async Task<CallToolResult> RestartAsync(
        RequestContext<CallToolRequestParams> request, CallArguments arguments, CancellationToken cancellationToken)
    {
        var context = await FindAsync(arguments, cancellationToken).ConfigureAwait(false);
        await context.RestartAsync(cancellationToken).ConfigureAwait(false);
        return GatewayTool.Answer($"Restarted context {Write(context)}", Describe(context));
    }

    private async Task<CallToolResult> InterruptAsync(
        RequestContext<CallToolRequestParams> request, CallArguments arguments, CancellationToken cancellationToken)
    {
        var context = await FindAsync(arguments, cancellationToken).ConfigureAwait(false);
        var isInterrupted = await context.InterruptAsync(cancellationToken).ConfigureAwait(false);
        return GatewayTool.Answer(
            isInterrupted ? $"The code in context {context.Id} was interrupted." : $"No code ran in context {context.Id}.",
            new JsonObject { ["interrupted"] = isInterrupted });
    }

    private async Task<CallToolResult> RemoveAsync(
        RequestContext<CallToolRequestParams> request, CallArguments arguments, CancellationToken cancellationToken)
    {
        var id = arguments.RequiredText("context_id");
        await interpreter.RemoveContextAsync(id, cancellationToken).ConfigureAwait(false);
        return GatewayTool.Answer($"Removed context {id}.", new JsonObject { ["context_id"] = id });
    }

    private Task<ICodeContext> FindAsync(CallArguments arguments, CancellationToken cancellationToken) =>
        interpreter.GetContextAsync(arguments.RequiredText("context_id"), cancellationToken);
}
