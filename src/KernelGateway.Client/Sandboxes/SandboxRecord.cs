using KernelGateway.Client.Connect;
using KernelGateway.Sandboxes;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>What create, connect and fork tell about a sandbox: how it is reached.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Domain">Its domain; null for that of the options.</param>
/// <param name="Version">The version of the services inside.</param>
/// <param name="AccessToken">The token of its services; null when they need none.</param>
/// <param name="TrafficToken">The token for its other ports; null when they are public.</param>
internal sealed record SandboxRecord(string Id, string? Domain, EnvdVersion Version, string? AccessToken, string? TrafficToken)
{
    public static SandboxRecord Debug { get; } = new(SandboxSettings.DebugSandboxId, null, EnvdVersion.Parse("99.99.99"), null, null);

    public static SandboxRecord Read(JToken body) => new(
        body.Text("sandboxID") ?? throw new SandboxRequestException(SandboxError.Other, "The answer names no sandbox: 'sandboxID' is missing."),
        body.Text("domain") is { Length: > 0 } domain ? domain : null,
        EnvdVersion.Parse(body.Text("envdVersion") ?? ""),
        body.Text("envdAccessToken") is { Length: > 0 } access ? access : null,
        body.Text("trafficAccessToken") is { Length: > 0 } traffic ? traffic : null);
}
