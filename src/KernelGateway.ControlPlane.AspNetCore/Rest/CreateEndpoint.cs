using KernelGateway.AspNetCore.Responses;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.ControlPlane.AspNetCore.Rest;

/// <summary><c>POST /v2/sandboxes</c>, and <c>POST /sandboxes</c> of the SDKs before.</summary>
internal sealed class CreateEndpoint(ControlPlaneSurface surface)
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(300);

    // Clients of the first generation send none, and refresh every five seconds.
    private static readonly TimeSpan FirstDefaultTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Creates a sandbox whose daemon needs its token.</summary>
    public Task CreateAsync(HttpContext context, TeamRecord team) => CreateAsync(context, team, isFirstVersion: false);

    /// <summary>Creates a sandbox; <c>secure</c> says whether its daemon needs a token.</summary>
    public Task CreateFirstVersionAsync(HttpContext context, TeamRecord team) => CreateAsync(context, team, isFirstVersion: true);

    /// <summary>Reads the settings of the network in a body.</summary>
    /// <exception cref="SandboxException">A field cannot be used.</exception>
    public static NetworkRecord ReadNetwork(RestBody body)
    {
        var network = body.Object("network");
        network?.Refuse("httpsPorts");
        return ReadEgress(body, network) with
        {
            AllowPublicTraffic = network?.Flag("allowPublicTraffic"),
            MaskRequestHost = network?.Text("maskRequestHost") is { Length: > 0 } mask ? CheckMask(mask) : null,
        };
    }

    /// <summary>Reads the settings of connections to the outside.</summary>
    /// <param name="body">The body.</param>
    /// <param name="network">The object with the lists; null for none.</param>
    /// <exception cref="SandboxException">A field cannot be used.</exception>
    public static NetworkRecord ReadEgress(RestBody body, RestBody? network)
    {
        network?.Refuse("rules");
        network?.Refuse("egressProxy");
        return new NetworkRecord
        {
            AllowInternetAccess = body.Flag("allow_internet_access"),
            AllowOut = network?.Texts("allowOut"),
            DenyOut = network?.Texts("denyOut"),
        };
    }

    private static string CheckMask(string mask)
    {
        var sample = mask.Replace("${PORT}", "1", StringComparison.Ordinal);
        return sample.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_' or ':' or '[' or ']')
            ? mask
            : throw RestBody.Invalid("network.maskRequestHost", "the value is not a host name");
    }

    private async Task CreateAsync(HttpContext context, TeamRecord team, bool isFirstVersion)
    {
        var body = await RestBody.ReadAsync(context, isOptional: false);
        foreach (var name in (string[])["mcp", "iam", "volumeMounts"]) body.Refuse(name);
        var request = new SandboxRequest
        {
            Template = body.Text("templateID") ?? throw RestBody.Invalid("templateID", "the field is required"),
            Timeout = body.Seconds("timeout") ?? (isFirstVersion ? FirstDefaultTimeout : DefaultTimeout),
            Metadata = body.Map("metadata"),
            Variables = body.Map("envVars"),
            IsSecured = !isFirstVersion || body.Flag("secure") == true,
            Network = ReadNetwork(body),
            PausesAtEnd = body.Flag("autoPause") ?? false,
            KeepsMemoryAtEnd = body.Flag("autoPauseMemory"),
            ResumesOnRequest = body.Object("autoResume")?.Flag("enabled") ?? false,
        };
        var sandbox = await surface.Manager.CreateAsync(team, request, context.RequestAborted);
        await JsonAnswer.WriteTokenAsync(context, StatusCodes.Status201Created, SandboxBodies.Sandbox(surface, sandbox));
    }
}
