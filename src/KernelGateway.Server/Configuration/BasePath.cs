namespace KernelGateway.Server.Configuration;

/// <summary>The path below which everything is served.</summary>
internal static class BasePath
{
    /// <summary>Returns the path without its last slash; empty if everything is served at the root.</summary>
    /// <exception cref="SettingsException">It is not a path, or contains characters with another meaning in a path or a
    /// route.</exception>
    public static string Parse(string baseUrl)
    {
        var path = baseUrl.TrimEnd('/');
        if (path.Length == 0) return "";
        var isPlain = path[0] == '/'
            && !path.Contains("//", StringComparison.Ordinal)
            && path.All(character => char.IsAsciiLetterOrDigit(character) || character is '/' or '-' or '.' or '_' or '~')
            && path.Split('/').All(segment => segment is not ("." or ".."));
        return isPlain
            ? path
            : throw new SettingsException(
                $"BaseUrl: '{baseUrl}' is not a valid path. It must begin with a slash and contain letters, digits, '-', '.', '_' and '~', as in '/kernels'.");
    }
}
