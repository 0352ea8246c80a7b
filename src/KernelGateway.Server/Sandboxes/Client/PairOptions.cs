using KernelGateway.Server.Configuration;

namespace KernelGateway.Server.Sandboxes.Client;

/// <summary>Options with a name and a value.</summary>
internal static class PairOptions
{
    /// <summary>Reads the values of an option of the form NAME=VALUE.</summary>
    /// <exception cref="SettingsException">One has no name or no value.</exception>
    public static Dictionary<string, string> Read(string option, IEnumerable<string>? texts)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in texts ?? [])
        {
            var end = text.IndexOf('=', StringComparison.Ordinal);
            if (end < 1) throw new SettingsException($"{option}: '{text}' is not NAME=VALUE.");
            pairs[text[..end]] = text[(end + 1)..];
        }

        return pairs;
    }
}
