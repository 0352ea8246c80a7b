using System.Security.Cryptography;
using System.Text;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>The tokens of sandboxes, which are derived from their ids: they are the same as long as the sandbox lives, and after a restart.</summary>
/// <param name="seed">The secret of the control planes that share a database.</param>
internal sealed class SandboxTokens(byte[] seed)
{
    /// <summary>The length of a seed.</summary>
    public const int SeedBytes = 32;

    /// <summary>The name of the setting that holds the seed.</summary>
    public const string SettingName = "token-seed";

    /// <summary>Returns the token of the sandbox's daemon.</summary>
    public string AccessToken(string id) => Create(id);

    /// <summary>Returns the token of the sandbox's ports.</summary>
    public string TrafficToken(string id) => Create($"sandbox-traffic-{id}");

    /// <summary>Compares two tokens in a time that depends on neither.</summary>
    public static bool AreEqual(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(one)), SHA256.HashData(Encoding.UTF8.GetBytes(other)));

    private string Create(string text) => Convert.ToHexStringLower(HMACSHA256.HashData(seed, Encoding.UTF8.GetBytes(text)));
}
