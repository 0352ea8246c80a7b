using System.ComponentModel;
using System.Globalization;

namespace KernelGateway.AspNetCore.Jupyter.Server;

/// <summary>What serves the API.</summary>
[Description("The version of the server.")]
internal sealed record ApiBody(
    [property: Description("The version of the server.")] string Version,
    [property: Description("The same version: Jupyter's gateways have both fields.")] string GatewayVersion);

/// <summary>What the server is doing.</summary>
[Description("The activity of the server.")]
internal sealed record StatusBody(
    [property: Description("When it was started, UTC.")] string Started,
    [property: Description("The time of the last activity of a client or a kernel, UTC.")] string LastActivity,
    [property: Description("The number of kernels.")] int Kernels,
    [property: Description("The number of clients connected to their channels.")] int Connections);

/// <summary>Who the client is.</summary>
[Description("The user. All clients with the token are the same user.")]
internal sealed record IdentityBody(
    [property: Description("The name of the user.")] string Username,
    [property: Description("The name shown to people.")] string Name,
    [property: Description("The name shown to people, short.")] string DisplayName,
    [property: Description("The initials shown to people.")] string Initials,
    [property: Description("The address of a picture: always null.")] string? AvatarUrl,
    [property: Description("The color of the user: always null.")] string? Color)
{
    public static IdentityBody Create(string name) => new(name, name, name, StringInfo.GetNextTextElement(name).ToUpperInvariant(), null, null);
}

/// <summary>Who the client is and what it may do.</summary>
[Description("The user and its permissions.")]
internal sealed record MeBody(
    [property: Description("The user.")] IdentityBody Identity,
    [property: Description("The requested permissions that it has: actions by resource.")]
    IReadOnlyDictionary<string, IReadOnlyList<string>> Permissions);
