using System.ComponentModel;

namespace KernelGateway.AspNetCore.Description.Lines;

/// <summary>A chunk of standard error.</summary>
[Description("A chunk of standard error, cut where the kernel cut it.")]
internal sealed record StderrLine : EventLine
{
    [Description("The text.")]
    public required string Text { get; init; }

    [Description("When the gateway received it, UTC, with microseconds.")]
    public required DateTimeOffset Timestamp { get; init; }
}
