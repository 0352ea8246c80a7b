namespace KernelGateway.Tools;

/// <summary>The directory to which a model's relative paths relate: the one in which the code starts, if it is known.</summary>
/// <param name="path">An absolute path; null if the services of files and commands choose their own.</param>
internal sealed class ToolDirectory(string? path)
{
    /// <summary>Gets the path; null if the services choose.</summary>
    public string? Path { get; } = string.IsNullOrEmpty(path) ? null : path.Length > 1 ? path.TrimEnd('/') : path;

    /// <summary>Gets its name in descriptions for a model.</summary>
    public string Description => Path is null ? "the home directory" : $"the working directory {Path}";

    /// <summary>Returns the path of a file for the services.</summary>
    public string Resolve(string file)
    {
        if (Path is null || file.StartsWith('/')) return file;
        return file.Length == 0 ? Path : $"{(Path == "/" ? "" : Path)}/{file}";
    }
}
