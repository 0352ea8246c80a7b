namespace KernelGateway.Kernelspecs;

/// <summary>Determines where Jupyter keeps kernelspecs, in order of precedence.</summary>
/// <remarks>
/// Jupyter's rules (jupyter_core, <c>jupyter_path</c>) as far as they apply to a program that is not written in Python: the
/// "running interpreter" is the virtual or conda environment the process was started in, and the Python user base counts
/// only when <c>PYTHONUSERBASE</c> names it (on Linux its default is the user's data directory anyway).
/// </remarks>
internal sealed class JupyterKernelDirectories(KernelSpecCatalogOptions options)
{
    private static readonly string[] Negations = ["no", "n", "false", "off", "0", "0.0"];

    internal IReadOnlyList<string> Find()
    {
        var home = Home();
        var dataDirectories = new List<string>(SplitPath(Variable("JUPYTER_PATH")));
        var user = UserDirectories(home);
        var environment = EnvironmentPrefix() is { } prefix ? [Path.Combine(prefix, "share", "jupyter")] : Array.Empty<string>();
        dataDirectories.AddRange(PrefersEnvironment() ? [.. environment, .. user] : [.. user, .. environment]);
        dataDirectories.AddRange(SystemDirectories());

        var found = new List<string>(options.ExtraDirectories);
        found.AddRange(dataDirectories.Select(directory => Path.Combine(directory, "kernels")));
        var ipython = Variable("IPYTHONDIR") ?? (home is null ? null : Path.Combine(home, ".ipython"));
        if (ipython is not null) found.Add(Path.Combine(ipython, "kernels"));
        return found.Select(directory => Path.TrimEndingDirectorySeparator(Path.GetFullPath(ExpandHome(directory, home)))).Distinct().ToArray();
    }

    private List<string> UserDirectories(string? home)
    {
        var directories = new List<string>();
        if (Variable("JUPYTER_DATA_DIR") is { } dataDirectory)
            directories.Add(dataDirectory);
        else if (OperatingSystem.IsWindows())
            AddUnder(directories, Variable("APPDATA"), "jupyter");
        else if (OperatingSystem.IsMacOS())
            AddUnder(directories, home, UsesPlatformDirectories() ? "Library/Application Support/jupyter" : "Library/Jupyter");
        else if (Variable("XDG_DATA_HOME") is { } dataHome)
            directories.Add(Path.Combine(dataHome, "jupyter"));
        else
            AddUnder(directories, home, ".local/share/jupyter");

        AddUnder(directories, Variable("PYTHONUSERBASE"), "share/jupyter");
        return directories;
    }

    private IEnumerable<string> SystemDirectories()
    {
        if (OperatingSystem.IsWindows())
            return Variable("PROGRAMDATA") is { } programData ? [Path.Combine(programData, "jupyter")] : [];
        if (UsesPlatformDirectories() && OperatingSystem.IsMacOS())
            return ["/Library/Application Support/jupyter"];
        if (UsesPlatformDirectories() && Variable("XDG_DATA_DIRS") is { } dataDirectories)
            return SplitPath(dataDirectories).Select(directory => Path.Combine(directory, "jupyter"));
        return ["/usr/local/share/jupyter", "/usr/share/jupyter"];
    }

    // Jupyter searches the environment first if a variable says so, or if it runs in an environment that belongs to the user.
    private bool PrefersEnvironment()
    {
        if (Variable("JUPYTER_PREFER_ENV_PATH") is { } wish) return !Negations.Contains(wish.ToLowerInvariant());
        if (EnvironmentPrefix() is not { } prefix || !IsWritable(prefix)) return false;
        return options.EnvironmentPrefix is not null
            || Variable("VIRTUAL_ENV") is not null
            || Variable("CONDA_DEFAULT_ENV") is not (null or "base");
    }

    private string? EnvironmentPrefix() =>
        options.EnvironmentPrefix ?? Variable("VIRTUAL_ENV") ?? Variable("CONDA_PREFIX");

    private bool UsesPlatformDirectories() =>
        Variable("JUPYTER_PLATFORM_DIRS") is { } wish && !Negations.Contains(wish.ToLowerInvariant());

    private string? Home()
    {
        var home = options.HomeDirectory ?? Variable("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length == 0 ? null : home;
    }

    private string? Variable(string name) => options.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static string[] SplitPath(string? value) =>
        value?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static void AddUnder(List<string> directories, string? parent, string relative)
    {
        if (parent is not null) directories.Add(Path.Combine(parent, relative));
    }

    private static string ExpandHome(string directory, string? home)
    {
        if (home is null || !directory.StartsWith('~')) return directory;
        return directory.Length == 1 || directory[1] == '/' ? home + directory[1..] : directory;
    }

    // Jupyter asks whether the prefix belongs to the user and accepts write permission as the answer.
    private static bool IsWritable(string directory)
    {
        if (OperatingSystem.IsWindows()) return Directory.Exists(directory);
        return Processes.Native.LibC.IsAccessible(directory, Processes.Native.LibC.WriteAccess);
    }
}
