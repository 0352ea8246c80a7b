using System.ComponentModel;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.Executions;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>The state and the output of an execution.</summary>
[Description("An execution: its state and its output up to its end. All events, late ones included, are read from `/executions/{id}/events`.")]
internal sealed record ExecutionBody(
    [property: Description("The id, as in the header `X-Execution-Id`.")] string ExecutionId,
    [property: Description("The context in which it runs.")] string ContextId,
    [property: Description("`queued`, `running` or `ended`.")] string Status,
    [property: Description("When it was accepted, UTC.")] DateTimeOffset CreatedAt,
    [property: Description("The `seq` of its newest event; 0 while there is none.")] long LastSeq,
    [property: Description("How many events were not kept so far, including those after the end.")] long DroppedEvents,
    [property: Description("The results so far, each as in a line of type `result`; updates are applied, cleared output is left out.")]
    IReadOnlyList<IReadOnlyDictionary<string, object>> Results,
    [property: Description("The text it has written so far.")] LogsBody Logs,
    [property: Description("The error that it raised, or why it did not run to its end; null if there is neither.")] ErrorBody? Error,
    [property: Description("The kernel's number for the cell; null while it is not known.")] int? ExecutionCount,
    [property: Description("Whether results and logs exceed 4 MiB, so that the later ones are left out here.")] bool Truncated,
    [property: Description("How it ended; null before its end.")] EndBody? End)
{
    /// <summary>Creates the answer's JSON.</summary>
    public static async Task<JObject> WriteAsync(Execution execution, ExecutionModel model)
    {
        var end = execution.Ended.IsCompleted ? EndBody.From(await execution.Ended) : null;
        var body = new ExecutionBody(
            execution.Id,
            execution.ContextId,
            WireNames.Get(execution.Status),
            execution.CreatedAt,
            execution.LastSequence,
            execution.DroppedEvents,
            Results: [],
            new LogsBody([], []),
            Error: null,
            ExecutionCount: null,
            Truncated: false,
            end);
        var json = (JObject)JsonAnswer.ToToken(body);
        model.WriteTo(json);
        return json;
    }
}

/// <summary>The text that an execution wrote.</summary>
[Description("The text that an execution wrote, in chunks as the kernel sent them.")]
internal sealed record LogsBody(
    [property: Description("Chunks of standard output.")] IReadOnlyList<string> Stdout,
    [property: Description("Chunks of standard error.")] IReadOnlyList<string> Stderr);

/// <summary>The error that an execution raised.</summary>
[Description("The error that an execution raised.")]
internal sealed record ErrorBody(
    [property: Description("The name of the exception's type.")] string Name,
    [property: Description("Its message.")] string Value,
    [property: Description("Its traceback as one string; may contain terminal colors.")] string Traceback);
