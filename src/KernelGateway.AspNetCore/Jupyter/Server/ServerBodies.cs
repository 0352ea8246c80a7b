using System.ComponentModel;
using System.Globalization;

namespace KernelGateway.AspNetCore.Jupyter.Server;

/// <summary>What serves the API.</summary>
[Description("What serves the API.")]
internal sealed record ApiBody(
    [property: Description("The version of the server.")] string Version,
    [property: Description("The same: Jupyter's gateways have both.")] string GatewayVersion);

/// <summary>What the server is doing.</summary>
[Description("What the server is doing.")]
internal sealed record StatusBody(
    [property: Description("When it began to serve, UTC.")] string Started,
    [property: Description("When a client or a kernel last did something, UTC.")] string LastActivity,
    [property: Description("How many kernels there are.")] int Kernels,
    [property: Description("How many clients are connected to their channels.")] int Connections);

/// <summary>Who the client is.</summary>
[Description("Who the client is. Whoever has the token is the same user.")]
internal sealed record IdentityBody(
    [property: Description("The name of the user.")] string Username,
    [property: Description("The name shown to people.")] string Name,
    [property: Description("The name shown to people, short.")] string DisplayName,
    [property: Description("The initials shown to people.")] string Initials,
    [property: Description("The address of a picture: none.")] string? AvatarUrl,
    [property: Description("The colour of the user: none.")] string? Color)
{
    public static IdentityBody Create(string name) => new(name, name, name, StringInfo.GetNextTextElement(name).ToUpperInvariant(), null, null);
}

/// <summary>Who the client is and what it may do.</summary>
[Description("Who the client is and what it may do.")]
internal sealed record MeBody(
    [property: Description("Who it is.")] IdentityBody Identity,
    [property: Description("Of what was asked for, what it may do: actions by resource.")]
    IReadOnlyDictionary<string, IReadOnlyList<string>> Permissions);
