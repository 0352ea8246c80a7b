using System.ComponentModel;

namespace KernelGateway.AspNetCore.Description.Lines;

/// <summary>The kernel accepted the code.</summary>
[Description("The kernel accepted the code and gave it a number.")]
internal sealed record StartedLine : EventLine
{
    [Description("The kernel's number for the cell.")]
    public int? ExecutionCount { get; init; }
}
