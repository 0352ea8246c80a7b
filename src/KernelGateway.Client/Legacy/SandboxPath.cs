namespace KernelGateway.Client.Legacy;

/// <summary>Paths as this vocabulary reads them: relative to the working directory of the sandbox.</summary>
internal static class SandboxPath
{
    /// <summary>Returns the path that a call sends.</summary>
    /// <param name="path">The path. One that is absolute or begins with <c>~</c> stays as it is.</param>
    /// <param name="directory">The working directory; null for the home directory, to which the service resolves relative paths.</param>
    public static string Resolve(string path, string? directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return directory is null || path[0] is '/' or '~' ? path : Combine(directory, path);
    }

    /// <summary>Returns the directory in which a file is; null if the path does not name it.</summary>
    public static string? DirectoryOf(string path)
    {
        var separator = path.TrimEnd('/').LastIndexOf('/');
        return separator switch
        {
            < 0 => null,
            0 => "/",
            _ => path[..separator],
        };
    }

    private static string Combine(string directory, string path)
    {
        // `~` and what is relative itself are resolved by the service.
        var parts = new List<string>();
        foreach (var part in $"{directory}/{path}".Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".") continue;
            if (part == ".." && parts.Count > 0 && parts[^1] is not ".." and not "~") parts.RemoveAt(parts.Count - 1);
            else if (part != ".." || directory[0] != '/') parts.Add(part);
        }

        return (directory[0] == '/' ? "/" : "") + string.Join('/', parts);
    }
}
