using System.ComponentModel;

namespace KernelGateway.AspNetCore.Description.Lines;

/// <summary>New data for earlier results.</summary>
[Description("New data for every earlier result with the same `display_id`. E2B SDKs ignore it.")]
internal sealed record ResultUpdateLine : BundleLine;
