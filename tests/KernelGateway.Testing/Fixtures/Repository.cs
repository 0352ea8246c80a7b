namespace KernelGateway.Testing.Fixtures;

/// <summary>Finds files of the source tree, wherever the build output of the tests is.</summary>
public static class Repository
{
    /// <summary>Gets the directory of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Gets the full path of a file or directory.</summary>
    /// <param name="segments">The parts of its path, relative to the root.</param>
    public static string PathOf(params string[] segments) => Path.Combine([Root, .. segments]);

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "KernelGateway.sln"))) return directory.FullName;
        }
        throw new DirectoryNotFoundException($"No directory above {AppContext.BaseDirectory} holds KernelGateway.sln.");
    }
}
