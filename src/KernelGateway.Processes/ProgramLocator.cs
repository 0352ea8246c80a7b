using KernelGateway.Processes.Native;

namespace KernelGateway.Processes;

/// <summary>Finds the program a command names, as execvp would.</summary>
internal static class ProgramLocator
{
    // The default of execvp without PATH.
    private const string DefaultPath = "/bin:/usr/bin";

    /// <summary>Returns the absolute path of the program; null when there is none.</summary>
    /// <param name="program">A path, or a name to look up.</param>
    /// <param name="searchPath">The PATH of the new process, not of the gateway.</param>
    /// <param name="workingDirectory">Where a relative path starts.</param>
    /// <param name="isExecutable">False when only files were found that may not be executed.</param>
    internal static string? Find(string program, string? searchPath, string workingDirectory, out bool isExecutable)
    {
        isExecutable = true;
        var forbidden = default(string);
        foreach (var candidate in Candidates(program, searchPath, workingDirectory))
        {
            if (!File.Exists(candidate)) continue;
            if (LibC.IsAccessible(candidate, LibC.ExecuteAccess)) return candidate;
            forbidden ??= candidate;
        }

        isExecutable = forbidden is null;
        return forbidden;
    }

    private static IEnumerable<string> Candidates(string program, string? searchPath, string workingDirectory)
    {
        if (program.Contains('/')) return [Path.GetFullPath(program, workingDirectory)];
        var directories = string.IsNullOrEmpty(searchPath) ? DefaultPath : searchPath;
        // An empty entry means the working directory.
        return directories.Split(':').Select(directory => Path.GetFullPath(Path.Combine(directory, program), workingDirectory));
    }
}
