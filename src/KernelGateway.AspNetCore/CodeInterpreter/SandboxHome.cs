namespace KernelGateway.AspNetCore.CodeInterpreter;

/// <summary>The home directory of E2B's sandboxes, which the documentation of its SDKs uses for contexts.</summary>
/// <remarks>
/// It stands for the default directory of contexts where it does not exist. Paths of files and commands are used as they are,
/// because a program must not read or write another file than the one it named.
/// </remarks>
internal static class SandboxHome
{
    private const string Directory = "/home/user";

    /// <summary>Returns the directory that is meant.</summary>
    /// <param name="directory">The directory of a request; null when it names none.</param>
    /// <param name="defaultDirectory">The default directory of contexts.</param>
    /// <param name="home">The home directory.</param>
    public static string? Resolve(string? directory, string defaultDirectory, string home = Directory)
    {
        if (directory is null || !Path.IsPathRooted(directory)) return directory;
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        var isBelow = path.StartsWith(home + '/', StringComparison.Ordinal);
        if ((path != home && !isBelow) || System.IO.Directory.Exists(home)) return directory;
        return isBelow ? Path.Join(defaultDirectory, path[(home.Length + 1)..]) : defaultDirectory;
    }
}
