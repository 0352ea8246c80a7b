using System.ComponentModel;
using System.Globalization;

namespace KernelGateway.AspNetCore.Jupyter.Server;

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
    public static IdentityBody Of(string name) => new(name, name, name, StringInfo.GetNextTextElement(name).ToUpperInvariant(), null, null);
}
