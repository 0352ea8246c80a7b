using System.CommandLine;

namespace KernelGateway.Server.Configuration;

/// <summary>The options shared by several commands.</summary>
internal sealed class CommonOptions
{
    public Option<string?> ConfigFile { get; } = new("--config")
    {
        Description = "Read settings from this JSON file. It overrides those in /etc/kernel-gateway and in the user's configuration "
            + "directory; environment variables override it.",
        HelpName = "FILE",
    };

    public Option<string[]> KernelPaths { get; } = new("--kernel-path")
    {
        Description = "Search this directory for kernelspecs first. It contains one directory per kernelspec, like Jupyter's 'kernels' directories. Repeatable.",
        HelpName = "DIRECTORY",
    };

    public Option<string?> WorkingDirectory { get; } = new("--working-directory", "-w")
    {
        Description = "The default working directory of kernels and commands. Default: the current directory for kernels, the home of the "
            + "user for commands.",
        HelpName = "DIRECTORY",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(WorkingDirectory);
        AddPathsTo(command);
    }

    /// <summary>Adds the options of commands without a working directory.</summary>
    public void AddPathsTo(Command command)
    {
        command.Options.Add(KernelPaths);
        command.Options.Add(ConfigFile);
    }

    /// <summary>Loads all settings.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="settings">Its settings; null for those of these options.</param>
    /// <exception cref="SettingsException">A setting, or a file of settings, cannot be used.</exception>
    public Settings Load(ParseResult parsed, Dictionary<string, string?>? settings = null) =>
        Settings.Load(settings ?? ReadPaths(parsed), parsed.GetValue(ConfigFile));

    /// <summary>Returns the full path of an option's value.</summary>
    /// <exception cref="SettingsException">It is empty.</exception>
    public static string FullPath(string option, string path) =>
        path.Length > 0 ? Path.GetFullPath(path) : throw new SettingsException($"{option}: the path is empty.");

    /// <summary>Returns the settings of the options.</summary>
    public Dictionary<string, string?> Read(ParseResult parsed)
    {
        var settings = ReadPaths(parsed);
        Add(settings, "DefaultWorkingDirectory", parsed.GetValue(WorkingDirectory));
        return settings;
    }

    private Dictionary<string, string?> ReadPaths(ParseResult parsed)
    {
        var settings = new Dictionary<string, string?>();
        AddAll(settings, "KernelSpecs:ExtraDirectories", parsed.GetValue(KernelPaths)?.Select(path => FullPath("--kernel-path", path)));
        return settings;
    }

    public static void Add(Dictionary<string, string?> settings, string name, string? value)
    {
        if (value is not null) settings[name] = value;
    }

    // An absent flag does not override the file and the environment.
    public static void AddFlag(Dictionary<string, string?> settings, string name, bool isSet) => Add(settings, name, isSet ? "true" : null);

    public static void AddAll(Dictionary<string, string?> settings, string name, IEnumerable<string>? values)
    {
        var index = 0;
        foreach (var value in values ?? []) settings[$"{name}:{index++}"] = value;
    }
}
