using System.Security.Cryptography;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>The ids of sandboxes: <c>i</c> and 20 lower-case letters and digits, some 103 random bits.</summary>
/// <remarks>Clients of the older generation have no other credential than the id, so it cannot be guessed.</remarks>
internal static class SandboxId
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
    private const int RandomLength = 20;

    /// <summary>The constant that clients know as the second part of an id.</summary>
    public const string ClientId = "6532622b";

    /// <summary>Creates an id.</summary>
    public static string Create() => $"i{RandomNumberGenerator.GetString(Alphabet, RandomLength)}";

    /// <summary>Reads an id, with or without the client's part; null when it has another form.</summary>
    public static string? TryParse(string text)
    {
        var end = text.IndexOf('-', StringComparison.Ordinal);
        var id = end < 0 ? text : text[..end];
        return id.Length > 0 && id.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character)) ? id : null;
    }
}
