using System.CommandLine;

namespace KernelGateway.Server.Configuration;

/// <summary>Options that several commands have.</summary>
internal sealed class CommonOptions
{
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
        command.Options.Add(KernelPaths);
    }

    /// <summary>Gives the settings that the options stand for.</summary>
    public Dictionary<string, string?> Read(ParseResult parsed)
    {
        var settings = new Dictionary<string, string?>();
        Add(settings, "DefaultWorkingDirectory", parsed.GetValue(WorkingDirectory));
        AddAll(settings, "KernelSpecs:ExtraDirectories", parsed.GetValue(KernelPaths)?.Select(Path.GetFullPath));
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
