using System.ComponentModel;
using KernelGateway.Executions;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>What an interrupt came to.</summary>
[Description("What an interrupt came to.")]
internal sealed record InterruptedBody(
    [property: Description("Whether an execution was ended by it; false when there was nothing to interrupt, or it was over already.")]
    bool Interrupted,
    [property: Description("How the execution ended; null when there was none. Code may catch an interrupt and run to its end.")] EndBody? End)
{
    public static async Task<InterruptedBody> OfAsync(bool isInterrupted, Execution? execution) =>
        new(isInterrupted, execution is { Ended.IsCompleted: true } ? EndBody.Of(await execution.Ended) : null);
}
