using System.ComponentModel;

namespace KernelGateway.AspNetCore.Jupyter.Server;

/// <summary>What serves the API.</summary>
[Description("What serves the API.")]
internal sealed record ApiBody(
    [property: Description("The version of the server.")] string Version,
    [property: Description("The same: Jupyter's gateways have both.")] string GatewayVersion);
