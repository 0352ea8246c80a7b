using System.CommandLine;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Server.Configuration;
using KernelGateway.Server.Serve.Options;
using Microsoft.Extensions.Options;

namespace KernelGateway.Server.Serve;

/// <summary><c>kernel-gateway serve</c>.</summary>
internal sealed class ServeCommand
{
    private readonly CommonOptions _common = new();

    private readonly ListenCommandOptions _listen = new();
    private readonly AccessCommandOptions _access = new();
    private readonly KernelCommandOptions _kernels = new();
    private readonly ServicesCommandOptions _services = new();
    private readonly TelemetryCommandOptions _telemetry = new();

    private readonly Option<string?> _logLevel = new("--log-level")
    {
        Description = "The minimum log level. Default: information.",
        HelpName = "trace|debug|information|warning|error",
    };

    private readonly Option<string?> _logFormat = new("--log-format")
    {
        Description = "Log text lines, or one JSON object per line. Default: text.",
        HelpName = "text|json",
    };

    public static Command Create() => new ServeCommand().Build();

    private Command Build()
    {
        _logLevel.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "trace", "debug", "information", "warning", "error");
        _logFormat.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "text", "json");
        var command = new Command(
            "serve",
            "Serves the HTTP API until SIGTERM, Ctrl-C or the end of its terminal, then shuts its kernels down. Settings also come from the "
            + "environment (KERNELGATEWAY__PORT=8080) and from the section 'KernelGateway' of appsettings.json in /etc/kernel-gateway and ~/.config/kernel-gateway.")
        {
            _logLevel, _logFormat,
        };
        _listen.AddTo(command);
        _access.AddTo(command);
        _kernels.AddTo(command);
        _services.AddTo(command);
        _telemetry.AddTo(command);
        _common.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var error = parsed.InvocationConfiguration.Error;
        try
        {
            var host = ServerHost.Build(_common.Load(parsed, Read(parsed)), parsed.InvocationConfiguration.Output);

            // The host handles the other signals. Without this one kernels would outlive a closed terminal. Under nohup it stays
            // ignored: the runtime does not handle signals that are ignored when it starts.
            using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                host.Lifetime.StopApplication();
            });
            using var reaper = OperatingSystem.IsWindows() ? null : OrphanReaper.StartInFirstProcess();
            await using (host) await host.RunAsync(cancellationToken);
            return ExitCodes.Success;
        }
        catch (Exception exception) when (exception is SettingsException or OptionsValidationException)
        {
            await error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return ExitCodes.Usage;
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            // The port is in use, the address does not belong to the machine, or the run directory could not be created.
            await error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return ExitCodes.Failure;
        }
    }

    private Dictionary<string, string?> Read(ParseResult parsed)
    {
        var settings = _common.Read(parsed);
        _listen.Read(parsed, settings);
        _access.Read(parsed, settings);
        _kernels.Read(parsed, settings);
        _services.Read(parsed, settings);
        _telemetry.Read(parsed, settings);
        CommonOptions.Add(settings, "LogLevel", parsed.GetValue(_logLevel));
        CommonOptions.Add(settings, "LogFormat", parsed.GetValue(_logFormat));
        return settings;
    }
}
