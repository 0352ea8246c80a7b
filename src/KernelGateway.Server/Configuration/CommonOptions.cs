using System.CommandLine;

namespace KernelGateway.Server.Configuration;

/// <summary>Options that several commands have.</summary>
internal sealed class CommonOptions
{
    public Option<string?> ConfigFile { get; } = new("--config")
    {
        Description = "Read settings from this JSON file, too. It is stronger than those in /etc/kernel-gateway and in the user's configuration "
            + "directory, and weaker than the environment.",
        HelpName = "FILE",
    };

    public Option<string[]> KernelPaths { get; } = new("--kernel-path")
    {
        Description = "Look for kernelspecs in this directory first; repeatable. It holds a directory for each, as Jupyter's 'kernels' directories do.",
        HelpName = "DIRECTORY",
    };

    public Option<string?> WorkingDirectory { get; } = new("--working-directory", "-w")
    {
        Description = "The working directory of kernels that are given no other. Default: the present one.",
        HelpName = "DIRECTORY",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(WorkingDirectory);
        AddPathsTo(command);
    }

    /// <summary>Adds the options of commands that have no use for a working directory.</summary>
    public void AddPathsTo(Command command)
    {
        command.Options.Add(KernelPaths);
        command.Options.Add(ConfigFile);
    }

    /// <summary>Loads all settings.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="settings">What it says; null for what these options say.</param>
    /// <exception cref="SettingsException">A setting, or a file of settings, cannot be used.</exception>
    public Settings Load(ParseResult parsed, Dictionary<string, string?>? settings = null) =>
        Settings.Load(settings ?? ReadPaths(parsed), parsed.GetValue(ConfigFile));

    /// <summary>Gives an option's path in full.</summary>
    /// <exception cref="SettingsException">It is empty.</exception>
    public static string FullPath(string option, string path) =>
        path.Length > 0 ? Path.GetFullPath(path) : throw new SettingsException($"{option}: the path is empty.");

    /// <summary>Gives the settings that the options stand for.</summary>
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

    // Only what was said: a flag that is absent leaves the file and the environment their say.
    public static void AddFlag(Dictionary<string, string?> settings, string name, bool isSet) => Add(settings, name, isSet ? "true" : null);

    public static void AddAll(Dictionary<string, string?> settings, string name, IEnumerable<string>? values)
    {
        var index = 0;
        foreach (var value in values ?? []) settings[$"{name}:{index++}"] = value;
    }
}
