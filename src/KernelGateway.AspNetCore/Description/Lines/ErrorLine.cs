using System.ComponentModel;

namespace KernelGateway.AspNetCore.Description.Lines;

/// <summary>The code raised, or could not be run to its end.</summary>
[Description("The code raised, or was not run to its end: `ContextRestarting`, `UnexpectedEndOfExecution`, `TimeoutError`, "
    + "`ExecutionInterrupted` and `ExecutionRejected` are the gateway's own.")]
internal sealed record ErrorLine : EventLine
{
    [Description("The name of the exception's type.")]
    public required string Name { get; init; }

    [Description("Its message.")]
    public required string Value { get; init; }

    [Description("Its traceback, in one piece; may hold terminal colours.")]
    public required string Traceback { get; init; }
}
