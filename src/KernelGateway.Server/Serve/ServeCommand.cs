using System.CommandLine;
using System.Globalization;
using KernelGateway.Server.Configuration;
using Microsoft.Extensions.Options;

namespace KernelGateway.Server.Serve;

/// <summary><c>kernel-gateway serve</c>.</summary>
internal sealed class ServeCommand
{
    private readonly CommonOptions _common = new();

    private readonly Option<string?> _host = new("--host")
    {
        Description = "Listen on this IP address; 'localhost' is both loopback addresses, '*' all there are. Default: localhost.",
        HelpName = "ADDRESS",
    };

    private readonly Option<int?> _port = new("--port", "-p")
    {
        Description = $"Listen on this port; 0 takes any that is free and prints it. Default: {ServerOptions.DefaultPort}.",
        HelpName = "PORT",
    };

    private readonly Option<string?> _token = new("--token")
    {
        Description = "The token that requests need. Other users of the machine may see command lines: KERNELGATEWAY__HTTP__TOKEN is safer. "
            + "Default: one is made and printed.",
        HelpName = "TOKEN",
    };

    private readonly Option<string?> _auth = new("--auth")
    {
        Description = "Whether requests need the token; 'none' is accepted on loopback addresses only. Default: token.",
        HelpName = "token|none",
    };

    private readonly Option<string[]> _allowHost = new("--allow-host")
    {
        Description = "Serve requests addressed to this name (Host header), besides localhost and IP addresses; '*.example.com' is all below it, '*' any. Repeatable.",
        HelpName = "NAME",
    };

    private readonly Option<string[]> _allowOrigin = new("--allow-origin")
    {
        Description = "Let web pages of this origin call the gateway, as in 'https://example.com'. Repeatable.",
        HelpName = "ORIGIN",
    };

    private readonly Option<string[]> _warm = new("--warm")
    {
        Description = "Start the default context of this language at once; repeatable; 'none' starts none. Default: python.",
        HelpName = "LANGUAGE",
    };

    private readonly Option<string?> _logLevel = new("--log-level")
    {
        Description = "Log from this level up. At 'trace' the log holds code and output. Default: information.",
        HelpName = "trace|debug|information|warning|error",
    };

    private readonly Option<string?> _logFormat = new("--log-format")
    {
        Description = "Log lines for people, or a JSON object a line. Default: text.",
        HelpName = "text|json",
    };

    public static Command Create() => new ServeCommand().Build();

    private Command Build()
    {
        _auth.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "token", "none");
        _logLevel.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "trace", "debug", "information", "warning", "error");
        _logFormat.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "text", "json");
        var command = new Command(
            "serve",
            "Serves the HTTP API until it is told to stop (SIGTERM, Ctrl-C), then shuts its kernels down. Settings also come from the "
            + "environment (KERNELGATEWAY__PORT=8080) and from the section 'KernelGateway' of appsettings.json.")
        {
            _host, _port, _token, _auth, _allowHost, _allowOrigin, _warm, _logLevel, _logFormat,
        };
        _common.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var error = parsed.InvocationConfiguration.Error;
        try
        {
            var host = ServerHost.Build(Settings.Load(Read(parsed)), parsed.InvocationConfiguration.Output);
            await using (host) await host.RunAsync(cancellationToken);
            return ExitCodes.Success;
        }
        catch (Exception exception) when (exception is SettingsException or OptionsValidationException)
        {
            await error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return ExitCodes.Usage;
        }
        catch (IOException exception)
        {
            // The port is taken, the address is none of the machine's, or the run directory could not be made.
            await error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return ExitCodes.Failure;
        }
    }

    private Dictionary<string, string?> Read(ParseResult parsed)
    {
        var settings = _common.Read(parsed);
        CommonOptions.Add(settings, "Host", parsed.GetValue(_host));
        CommonOptions.Add(settings, "Port", parsed.GetValue(_port)?.ToString(CultureInfo.InvariantCulture));
        CommonOptions.Add(settings, "Http:Token", parsed.GetValue(_token));
        CommonOptions.Add(settings, "Http:Authentication", parsed.GetValue(_auth));
        CommonOptions.AddAll(settings, "Http:AllowedHosts", parsed.GetValue(_allowHost));
        CommonOptions.AddAll(settings, "Http:AllowedOrigins", parsed.GetValue(_allowOrigin));
        CommonOptions.AddAll(settings, "Warm", parsed.GetValue(_warm));
        CommonOptions.Add(settings, "LogLevel", parsed.GetValue(_logLevel));
        CommonOptions.Add(settings, "LogFormat", parsed.GetValue(_logFormat));
        return settings;
    }
}
