namespace KernelGateway.Server.Configuration;

/// <summary>The path below which everything is served.</summary>
internal static class BasePath
{
    /// <summary>Returns the path without the slash at its end: empty where everything is served at the root.</summary>
    /// <exception cref="SettingsException">It is no path, or holds what means something else in a path or a route.</exception>
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
                $"BaseUrl: '{baseUrl}' is no path to serve below. It begins with a slash and holds letters, digits, '-', '.', '_' and '~', as in '/kernels'.");
    }
}
