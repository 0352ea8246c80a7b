using System.ComponentModel;

namespace KernelGateway.AspNetCore.Jupyter.Server;

/// <summary>Who the client is and what it may do.</summary>
[Description("Who the client is and what it may do.")]
internal sealed record MeBody(
    [property: Description("Who it is.")] IdentityBody Identity,
    [property: Description("Of what was asked for, what it may do: actions by resource.")]
    IReadOnlyDictionary<string, IReadOnlyList<string>> Permissions);
