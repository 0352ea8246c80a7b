using System.CommandLine;
using KernelGateway.Conformance;
using KernelGateway.Conformance.Reporting;
using KernelGateway.Conformance.Targets;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching.Local;
using KernelGateway.Protocol.Connection;
using KernelGateway.Server.Configuration;
using KernelGateway.Server.Run;

namespace KernelGateway.Server.Conformance;

/// <summary><c>kernel-gateway conformance</c>.</summary>
internal sealed class ConformanceCommand
{
    private readonly CommonOptions _common = new();

    private readonly Argument<string?> _kernelSpec = new("KERNELSPEC")
    {
        Description = "The kernelspec of the kernel to examine. The kernel is started, restarted and shut down.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _connectionFile = new("--connection-file")
    {
        Description = "Examine the running kernel of this connection file, and leave it running.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object instead of tables." };

    private readonly Option<string?> _junit = new("--junit")
    {
        Description = "Write JUnit XML to this file as well.",
        HelpName = "FILE"
    };

    private readonly Option<string[]> _only = new("--only")
    {
        Description = "Run only the checks of this area, or the check with this id. Repeatable.",
        HelpName = "AREA|ID",
    };

    private readonly Option<double> _timeout = new("--timeout")
    {
        Description = "The time limit of a request in seconds. A start, and a message of 16 MiB, may take six times as long.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 10,
    };

    private readonly Option<bool> _destructive = new("--destructive")
    {
        Description = "With --connection-file: also run the checks that end the kernel, or may end it.",
    };

    public static Command Create() => new ConformanceCommand().Build();

    private Command Build()
    {
        _timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (> 0 and < 1e5)) result.AddError("--timeout is a number of seconds above 0.");
        });
        var command = new Command(
            "conformance",
            "Examines a kernel against the Jupyter messaging protocol, check by check. The exit code is 0, 1 when a check failed, 2 when the "
            + "kernel could not be reached or the command line is invalid.")
        {
            _kernelSpec, _connectionFile, _json, _junit, _only, _timeout, _destructive,
        };
        _common.AddPathsTo(command);
        command.Validators.Add(result =>
        {
            var hasSpec = result.GetValue(_kernelSpec) is not null;
            var hasFile = result.GetValue(_connectionFile) is not null;
            if (hasSpec == hasFile) result.AddError("Give either a KERNELSPEC or --connection-file FILE.");
            if (hasSpec && result.GetValue(_destructive)) result.AddError("--destructive is for --connection-file; a kernel started here is ended anyway.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var invocation = parsed.InvocationConfiguration;
        using var interrupt = new InterruptSignal(cancellationToken);
        try
        {
            var gatewayOptions = new KernelGatewayOptions();
            _common.Load(parsed).Apply(gatewayOptions);
            var catalog = new KernelSpecCatalog(gatewayOptions.KernelSpecs);
            await using var provisioner = new LocalKernelProvisioner(gatewayOptions.Launching);
            await using var target = await FindAsync(parsed, catalog, provisioner, interrupt.Token);
            var report = await ConformanceRun.RunAsync(target, ReadOptions(parsed), cancellationToken: interrupt.Token);
            if (parsed.GetValue(_junit) is { } file) await WriteJUnitAsync(report, file, interrupt.Token);
            if (parsed.GetValue(_json)) await invocation.Output.WriteLineAsync(ReportJson.Write(report));
            else ReportTables.Print(report, invocation.Output);
            return report.IsPassed ? ExitCodes.Success : ExitCodes.Failure;
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (Exception exception) when (exception is KernelGatewayException or ConnectionFileException or SettingsException
            or NotSupportedException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            await invocation.Error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return ExitCodes.Usage;
        }
    }

    private ConformanceOptions ReadOptions(ParseResult parsed)
    {
        var options = new ConformanceOptions
        {
            Timeout = TimeSpan.FromSeconds(parsed.GetValue(_timeout)), AllowsDestructiveChecks = parsed.GetValue(_destructive),
        };
        foreach (var only in parsed.GetValue(_only) ?? []) options.Only.Add(only);
        return options;
    }

    private async Task<ConformanceTarget> FindAsync(
        ParseResult parsed, KernelSpecCatalog catalog, LocalKernelProvisioner provisioner, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_kernelSpec) is { } name)
            return ConformanceTarget.Launch(await catalog.GetAsync(name, cancellationToken), provisioner);

        var info = await ConnectionFile.ReadAsync(parsed.GetValue(_connectionFile)!, cancellationToken);
        // A connection file does not say how its kernel is interrupted; the kernelspec it names does, when it is installed here.
        var installed = await catalog.ListAsync(cancellationToken);
        var spec = installed.FirstOrDefault(one => one.Name.Equals(info.KernelName, StringComparison.OrdinalIgnoreCase));
        return ConformanceTarget.Attach(info, spec?.InterruptMode);
    }

    private static async Task WriteJUnitAsync(ConformanceReport report, string file, CancellationToken cancellationToken)
    {
        await using var stream = File.Create(file);
        await ReportJUnit.Create(report).SaveAsync(stream, System.Xml.Linq.SaveOptions.None, cancellationToken);
    }
}
