using System.ComponentModel;

namespace KernelGateway.AspNetCore.Description.Lines;

/// <summary>The value of the cell, or data that it displayed.</summary>
[Description("The value of the cell, or data that it displayed.")]
internal sealed record ResultLine : BundleLine
{
    [Description("Whether it is the value of the cell rather than displayed data.")]
    public required bool IsMainResult { get; init; }
}
