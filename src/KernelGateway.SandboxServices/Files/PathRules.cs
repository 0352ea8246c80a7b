using KernelGateway.SandboxServices.Users;

namespace KernelGateway.SandboxServices.Files;

/// <summary>Turns the path of a request into an absolute path.</summary>
internal static class PathRules
{
    /// <summary>Resolves a path without looking at the file system.</summary>
    /// <param name="path">
    /// Empty for the working directory; "~" or "~/..." starts at the home; an absolute path is used as it is; a relative one
    /// starts at the home, and its ".." are removed together with the name before.
    /// </param>
    /// <param name="user">Whose home is meant.</param>
    /// <param name="workingDirectory">What the empty path means; null for the home.</param>
    /// <exception cref="SandboxFileException">It names another user's home.</exception>
    internal static string Resolve(string path, SandboxUser user, string? workingDirectory)
    {
        if (path.Length == 0) return workingDirectory ?? user.Home;
        if (path[0] == '/') return path;
        if (path[0] != '~') return Clean($"{user.Home}/{path}");
        if (path.Length == 1 || path[1] == '/') return Clean(user.Home + path[1..]);
        throw new SandboxFileException(FileErrorReason.InvalidPath, path, "cannot expand user-specific home dir");
    }

    /// <summary>Splits off the last name. The path is absolute.</summary>
    /// <returns>The parent, which ends with "/", and the name, which is empty when the path ends with "/".</returns>
    internal static (string Parent, string Name) Split(string path)
    {
        var end = path.LastIndexOf('/') + 1;
        return (path[..end], path[end..]);
    }

    /// <summary>Removes "/" at the end, except of the root itself.</summary>
    internal static string WithoutSlash(string path)
    {
        var trimmed = path.TrimEnd('/');
        return trimmed.Length == 0 ? "/" : trimmed;
    }

    internal static string Join(string directory, string name) =>
        directory.EndsWith('/') ? directory + name : $"{directory}/{name}";

    private static string Clean(string path)
    {
        var names = new List<string>();
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (name == ".") continue;
            if (name != "..") names.Add(name);
            else if (names.Count > 0) names.RemoveAt(names.Count - 1);
        }

        return "/" + string.Join('/', names);
    }
}
