using System.ComponentModel;
using KernelGateway.Executions;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>Where an execution is in its life.</summary>
[Description("An execution. Its output is read through `/executions/{id}/events`.")]
internal sealed record ExecutionBody(
    [property: Description("The id, as in the header `X-Execution-Id`.")] string ExecutionId,
    [property: Description("The context it was given to.")] string ContextId,
    [property: Description("`queued`, `running` or `ended`.")] string Status,
    [property: Description("When it was accepted, UTC.")] DateTimeOffset CreatedAt,
    [property: Description("The `seq` of its newest event; 0 while there is none.")] long LastSeq,
    [property: Description("How many events were not kept so far, those after the end included.")] long DroppedEvents,
    [property: Description("How it ended; null while it has not.")] EndBody? End)
{
    public static async Task<ExecutionBody> OfAsync(Execution execution)
    {
        var isOver = execution.Completion.IsCompleted;
        return new ExecutionBody(
            execution.Id,
            execution.ContextId,
            WireNames.Of(execution.Status),
            execution.CreatedAt,
            execution.LastSequence,
            execution.DroppedEvents,
            isOver ? EndBody.Of(await execution.Completion) : null);
    }
}
