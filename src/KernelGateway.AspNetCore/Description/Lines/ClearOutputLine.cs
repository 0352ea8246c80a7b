using System.ComponentModel;

namespace KernelGateway.AspNetCore.Description.Lines;

/// <summary>The code asks to clear its output.</summary>
[Description("The code asks to clear what it has shown so far. E2B SDKs ignore it.")]
internal sealed record ClearOutputLine : EventLine
{
    [Description("Whether to clear only when the next output comes.")]
    public required bool Wait { get; init; }
}
