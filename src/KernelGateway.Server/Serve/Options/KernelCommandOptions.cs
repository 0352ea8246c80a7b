using System.CommandLine;
using System.Globalization;
using KernelGateway.Server.Configuration;

namespace KernelGateway.Server.Serve.Options;

/// <summary>The options of kernels: which ones, how many, and for how long.</summary>
internal sealed class KernelCommandOptions
{
    private readonly Option<string[]> _warm = new("--warm")
    {
        Description = "Start the default context of this language at start-up. Repeatable. 'none' starts none. Default: python.",
        HelpName = "LANGUAGE",
    };

    private readonly Option<int?> _prespawn = new("--prespawn")
    {
        Description = "Keep this number of kernels of the default language ready for new contexts. Default: 0.",
        HelpName = "COUNT",
    };

    private readonly Option<int?> _maxKernels = new("--max-kernels")
    {
        Description = "The maximum number of contexts (kernels), prespawned ones included. Default: 1000.",
        HelpName = "COUNT",
    };

    private readonly Option<int?> _idleTimeout = new("--cull-idle-timeout")
    {
        Description = "Shut down kernels that have been idle for this number of seconds; 0 disables it. Default: 0.",
        HelpName = "SECONDS",
    };

    private readonly Option<int?> _interval = new("--cull-interval")
    {
        Description = "The seconds between two searches for idle kernels. Default: 300, or the timeout if that is shorter.",
        HelpName = "SECONDS",
    };

    private readonly Option<bool> _connected = new("--cull-connected") { Description = "Shut down idle kernels even while clients are connected to them." };

    private readonly Option<bool> _busy = new("--cull-busy") { Description = "Shut down kernels even while they run code, when they have been silent for the timeout." };

    private readonly Option<int?> _defaultTimeout = new("--default-timeout")
    {
        Description = "The time limit, in seconds, of executions for which the request gives none. Default: that of --max-timeout, or none.",
        HelpName = "SECONDS",
    };

    private readonly Option<int?> _maxTimeout = new("--max-timeout")
    {
        Description = "The longest time limit, in seconds, that a request can give; executions without a limit get this one. Default: any.",
        HelpName = "SECONDS",
    };

    private readonly Option<string?> _connectionDirectory = new("--connection-dir")
    {
        Description = "Attach the kernels whose connection files appear in this directory. They are never shut down.",
        HelpName = "DIRECTORY",
    };

    private readonly Option<string?> _transport = new("--transport")
    {
        Description = "What carries the messages of kernels: the gateway's own implementation of ZMTP, or NetMQ, which reaches kernels over TCP only and "
            + "whose process a hostile kernel can end. Default: zmtp.",
        HelpName = "zmtp|netmq",
    };

    private readonly Option<string?> _kernelUser = new("--kernel-user")
    {
        Description = "Run kernels as this user of the machine, so that code cannot reach the gateway; needs root. Default: the gateway's own user.",
        HelpName = "NAME",
    };

    private readonly Option<string?> _memory = new("--kernel-memory")
    {
        Description = "How much memory each kernel may use together with all that it starts, as in '512M' or '2G'. Default: no limit.",
        HelpName = "SIZE",
    };

    private readonly Option<string?> _processes = new("--kernel-processes")
    {
        Description = "How many processes and threads each kernel may have together with all that it starts. Default: no limit.",
        HelpName = "COUNT",
    };

    public void AddTo(Command command)
    {
        _transport.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "zmtp", "netmq");
        command.Options.Add(_warm);
        command.Options.Add(_prespawn);
        command.Options.Add(_maxKernels);
        command.Options.Add(_idleTimeout);
        command.Options.Add(_interval);
        command.Options.Add(_connected);
        command.Options.Add(_busy);
        command.Options.Add(_defaultTimeout);
        command.Options.Add(_maxTimeout);
        command.Options.Add(_connectionDirectory);
        command.Options.Add(_transport);
        command.Options.Add(_kernelUser);
        command.Options.Add(_memory);
        command.Options.Add(_processes);
    }

    /// <exception cref="SettingsException">A value cannot be used.</exception>
    public void Read(ParseResult parsed, Dictionary<string, string?> settings)
    {
        CommonOptions.AddAll(settings, "Warm", parsed.GetValue(_warm));
        CommonOptions.Add(settings, "Prespawn", parsed.GetValue(_prespawn)?.ToString(CultureInfo.InvariantCulture));
        CommonOptions.Add(settings, "Contexts:MaxContexts", parsed.GetValue(_maxKernels)?.ToString(CultureInfo.InvariantCulture));
        CommonOptions.Add(settings, "Contexts:Culling:IdleTimeout", Duration(parsed.GetValue(_idleTimeout)));
        CommonOptions.Add(settings, "Contexts:Culling:Interval", Duration(parsed.GetValue(_interval)));
        CommonOptions.Add(settings, "Contexts:DefaultTimeout", Duration(parsed.GetValue(_defaultTimeout)));
        CommonOptions.Add(settings, "Contexts:MaxTimeout", Duration(parsed.GetValue(_maxTimeout)));
        CommonOptions.AddFlag(settings, "Contexts:Culling:CullsConnected", parsed.GetValue(_connected));
        CommonOptions.AddFlag(settings, "Contexts:Culling:CullsBusy", parsed.GetValue(_busy));
        CommonOptions.Add(settings, "ConnectionDirectory", parsed.GetValue(_connectionDirectory) is { } path ? CommonOptions.FullPath("--connection-dir", path) : null);
        CommonOptions.Add(settings, "Transport", parsed.GetValue(_transport));
        CommonOptions.Add(settings, "Launching:KernelUser", parsed.GetValue(_kernelUser));
        CommonOptions.Add(settings, "Launching:MemoryLimit", LimitText.ParseMemory(_memory.Name, parsed.GetValue(_memory)));
        CommonOptions.Add(settings, "Launching:ProcessLimit", LimitText.ParseProcesses(_processes.Name, parsed.GetValue(_processes)));
    }

    private static string? Duration(int? seconds) =>
        seconds is null ? null : TimeSpan.FromSeconds(seconds.Value).ToString("c", CultureInfo.InvariantCulture);
}
