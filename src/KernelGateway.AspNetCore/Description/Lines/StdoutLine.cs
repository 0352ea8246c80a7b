using System.ComponentModel;

namespace KernelGateway.AspNetCore.Description.Lines;

/// <summary>A chunk of standard output.</summary>
[Description("A chunk of standard output, cut where the kernel cut it.")]
internal sealed record StdoutLine : EventLine
{
    [Description("The text.")]
    public required string Text { get; init; }

    [Description("When the gateway received it, UTC, with microseconds.")]
    public required DateTimeOffset Timestamp { get; init; }
}
