using System.CommandLine;
using KernelGateway.Server.Configuration;

namespace KernelGateway.Server.Serve.Options;

/// <summary>The options of the services for files and commands, and the variables of kernels and commands.</summary>
internal sealed class ServicesCommandOptions
{
    private readonly Option<string?> _services = new("--services")
    {
        Description = "Serve files, directory watches and commands of this machine to E2B's SDKs, or only kernels. Default: on.",
        HelpName = "on|none",
    };

    private readonly Option<string?> _filesAs = new("--files-as")
    {
        Description = "Use files with the rights of the selected user, or with those of root, as in a sandbox of its own. Default: user.",
        HelpName = "user|root",
    };

    private readonly Option<string?> _defaultUser = new("--default-user")
    {
        Description = "The user of files and commands when a request names none; another one than the gateway's needs root. "
            + "Default: the gateway's own user.",
        HelpName = "NAME",
    };

    private readonly Option<string?> _deadline = new("--command-deadline")
    {
        Description = "What the time limit of a request that starts a command ends: the command, or only the stream of its output. "
            + "Default: command.",
        HelpName = "command|stream",
    };

    private readonly Option<string?> _memory = new("--command-memory")
    {
        Description = "How much memory each command or terminal may use together with all that it starts, as in '512M' or '2G'. Default: no limit.",
        HelpName = "SIZE",
    };

    private readonly Option<string?> _processes = new("--command-processes")
    {
        Description = "How many processes and threads each command or terminal may have together with all that it starts. Default: no limit.",
        HelpName = "COUNT",
    };

    private readonly Option<string?> _sudo = new("--sudo-socket")
    {
        Description = "Let root and the default user run commands as other users, as with sudo, through this Unix socket. Needs root; for "
            + "sandboxes and containers. Default: none.",
        HelpName = "PATH",
    };

    private readonly Option<string[]> _variables = new("--env")
    {
        Description = "Set this environment variable for all kernels and commands. Repeatable.",
        HelpName = "NAME=VALUE",
    };

    public void AddTo(Command command)
    {
        _services.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "on", "none");
        _filesAs.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "user", "root");
        _deadline.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "command", "stream");
        command.Options.Add(_services);
        command.Options.Add(_filesAs);
        command.Options.Add(_defaultUser);
        command.Options.Add(_deadline);
        command.Options.Add(_memory);
        command.Options.Add(_processes);
        command.Options.Add(_sudo);
        command.Options.Add(_variables);
    }

    /// <exception cref="SettingsException">A variable has no name, or a limit cannot be used.</exception>
    public void Read(ParseResult parsed, Dictionary<string, string?> settings)
    {
        Add("IsEnabled", parsed.GetValue(_services) is { } services ? Is(services, "on") ? "true" : "false" : null);
        Add("FilesAs", parsed.GetValue(_filesAs) is { } rights ? Is(rights, "root") ? "Service" : "User" : null);
        Add("DefaultUser", parsed.GetValue(_defaultUser));
        Add("CommandDeadline", parsed.GetValue(_deadline));
        Add("CommandMemoryLimit", LimitText.ParseMemory(_memory.Name, parsed.GetValue(_memory)));
        Add("CommandProcessLimit", LimitText.ParseProcesses(_processes.Name, parsed.GetValue(_processes)));
        Add("SudoSocket", parsed.GetValue(_sudo) is { } path ? CommonOptions.FullPath(_sudo.Name, path) : null);
        foreach (var variable in parsed.GetValue(_variables) ?? [])
        {
            var end = variable.IndexOf('=', StringComparison.Ordinal);
            if (end < 1 || variable.AsSpan(0, end).Contains(':'))
                throw new SettingsException($"--env: '{(end < 0 ? variable : variable[..end])}' is not NAME=VALUE.");
            CommonOptions.Add(settings, $"Launching:Variables:{variable[..end]}", variable[(end + 1)..]);
        }

        void Add(string name, string? value) => CommonOptions.Add(settings, $"{ServicesOptions.SectionName}:{name}", value);
    }

    private static bool Is(string value, string expected) => value.Equals(expected, StringComparison.OrdinalIgnoreCase);
}
