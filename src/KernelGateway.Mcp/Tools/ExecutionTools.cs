using System.Text.Json.Nodes;
using KernelGateway.Executions;
using KernelGateway.Mcp.Executions;
using KernelGateway.Tools;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace KernelGateway.Mcp.Tools;

/// <summary>Run code, follow it, answer its input, interrupt it.</summary>
internal sealed class ExecutionTools(McpBackend backend, ExecutionFollower follower, CodeToolsOptions options)
{
    public IEnumerable<McpServerTool> Create() =>
    [
        new GatewayTool(
            GatewayTool.Describe(
                "run_code",
                "Run code",
                "Runs code in a kernel and returns what it printed, the value of its last expression, displayed images and tables, or its error with "
                + "the end of the traceback. Variables, imports and functions are kept from call to call. Long output is cut in its middle. Code that "
                + "calls input() makes the answer return early; send_input answers it. Cancelling the call interrupts the code.",
                $$"""
                {
                  "code": { "type": "string", "description": "The code, as it would be in a cell of a notebook." },
                  "context_id": { "type": "string", "description": "The context. Default: the default context of the language." },
                  "language": {
                    "type": "string",
                    "description": "The language, such as python, javascript or r, if there is no context_id. Default: usually python."
                  },
                  "timeout_seconds": {
                    "type": "number", "exclusiveMinimum": 0,
                    "description": "How long the code may run before it is interrupted. Default: {{options.CodeTimeout.TotalSeconds:0.###}}."
                  },
                  "wait_seconds": {
                    "type": "number", "minimum": 0,
                    "description": "How long to wait for its end; then the code runs on, and get_execution follows it. Default: until its end."
                  }
                }
                """,
                ["code"],
                ExecutionAnswer.Schema,
                new ToolAnnotations { DestructiveHint = true, OpenWorldHint = true }),
            RunAsync),
        new GatewayTool(
            GatewayTool.Describe(
                "get_execution",
                "Get an execution",
                "Returns the state of an execution, and its output after a cursor: the field 'after' of the answer before.",
                """
                {
                  "execution_id": { "type": "string", "description": "The execution." },
                  "after": { "type": "integer", "minimum": 0, "description": "The cursor. Default: 0, for all output." },
                  "wait_seconds": { "type": "number", "minimum": 0, "description": "How long to wait for its end. Default: 0." }
                }
                """,
                ["execution_id"],
                ExecutionAnswer.Schema,
                new ToolAnnotations { ReadOnlyHint = true, IdempotentHint = true }),
            GetAsync),
        new GatewayTool(
            GatewayTool.Describe(
                "send_input",
                "Answer input",
                "Answers the input() of code, and returns what follows. Cancelling the call interrupts the code.",
                """
                {
                  "execution_id": { "type": "string", "description": "The execution that waits for input." },
                  "value": { "type": "string", "description": "The line, without its end." },
                  "after": { "type": "integer", "minimum": 0, "description": "The cursor, as in get_execution. Default: 0, for all output." },
                  "wait_seconds": { "type": "number", "minimum": 0, "description": "How long to wait for its end. Default: until its end." }
                }
                """,
                ["execution_id", "value"],
                ExecutionAnswer.Schema,
                new ToolAnnotations { DestructiveHint = true, OpenWorldHint = true }),
            SendInputAsync),
        new GatewayTool(
            GatewayTool.Describe(
                "interrupt_execution",
                "Interrupt an execution",
                "Interrupts an execution, or takes it out of the queue. Other executions are not affected; variables are kept.",
                """{ "execution_id": { "type": "string", "description": "The execution." } }""",
                ["execution_id"],
                """
                {
                  "type": "object",
                  "properties": { "interrupted": { "type": "boolean", "description": "False when it had ended before." } },
                  "required": ["interrupted"]
                }
                """,
                new ToolAnnotations { IdempotentHint = true }),
            InterruptAsync),
    ];

    private async Task<CallToolResult> RunAsync(
        RequestContext<CallToolRequestParams> request, CallArguments arguments, CancellationToken cancellationToken)
    {
        var code = arguments.RequiredText("code");
        var contextId = arguments.Name("context_id");
        var language = arguments.Name("language");
        if (contextId is not null && language is not null) throw new ArgumentException("Give either 'context_id' or 'language': a context has its language.");
        var wait = arguments.Seconds("wait_seconds", allowsZero: true);
        var execution = new ExecutionOptions { AllowStdin = true, Timeout = arguments.Seconds("timeout_seconds") ?? options.CodeTimeout };
        var submitted = contextId is null
            ? await backend.Executions.SubmitAsync(code, language, execution, cancellationToken).ConfigureAwait(false)
            : await SubmitAsync(contextId, code, execution, cancellationToken).ConfigureAwait(false);
        return await follower.FollowAsync(
            submitted, after: 0, wait, ProgressReporter.Create(request, follower.Time), isOwner: true, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IExecution> SubmitAsync(string contextId, string code, ExecutionOptions execution, CancellationToken cancellationToken)
    {
        var context = await backend.Interpreter.GetContextAsync(contextId, cancellationToken).ConfigureAwait(false);
        return await context.SubmitAsync(code, execution, cancellationToken).ConfigureAwait(false);
    }

    private async Task<CallToolResult> GetAsync(
        RequestContext<CallToolRequestParams> request, CallArguments arguments, CancellationToken cancellationToken)
    {
        var after = arguments.Number("after");
        var wait = arguments.Seconds("wait_seconds", allowsZero: true) ?? TimeSpan.Zero;
        var execution = await FindAsync(arguments, cancellationToken).ConfigureAwait(false);
        return await follower.FollowAsync(
            execution, after, wait, ProgressReporter.Create(request, follower.Time), isOwner: false, cancellationToken).ConfigureAwait(false);
    }

    private async Task<CallToolResult> SendInputAsync(
        RequestContext<CallToolRequestParams> request, CallArguments arguments, CancellationToken cancellationToken)
    {
        var value = arguments.RequiredText("value");
        var after = arguments.Number("after");
        var wait = arguments.Seconds("wait_seconds", allowsZero: true);
        var execution = await FindAsync(arguments, cancellationToken).ConfigureAwait(false);
        await execution.SendInputAsync(value, cancellationToken).ConfigureAwait(false);
        return await follower.FollowAsync(
            execution, after, wait, ProgressReporter.Create(request, follower.Time), isOwner: true, cancellationToken).ConfigureAwait(false);
    }

    private async Task<CallToolResult> InterruptAsync(
        RequestContext<CallToolRequestParams> request, CallArguments arguments, CancellationToken cancellationToken)
    {
        var execution = await FindAsync(arguments, cancellationToken).ConfigureAwait(false);
        var isInterrupted = await execution.InterruptAsync(cancellationToken).ConfigureAwait(false);
        return GatewayTool.Answer(
            isInterrupted ? $"Execution {execution.Id} was interrupted." : $"Execution {execution.Id} had ended before.",
            new JsonObject { ["interrupted"] = isInterrupted });
    }

    private async Task<IExecution> FindAsync(CallArguments arguments, CancellationToken cancellationToken)
    {
        var id = arguments.RequiredText("execution_id");
        return await backend.Executions.FindAsync(id, cancellationToken).ConfigureAwait(false)
            ?? throw new ArgumentException($"There is no execution {id}, or it is no longer retained.");
    }
}
