using System.ComponentModel;

namespace KernelGateway.AspNetCore.Description.Lines;

/// <summary>Nothing has happened for a while.</summary>
[Description("Nothing has happened for a while. It is no event and has no `seq`.")]
internal sealed record KeepAliveLine : EventLine;
