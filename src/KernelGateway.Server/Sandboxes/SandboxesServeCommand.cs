using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using KernelGateway.ControlPlane;
using KernelGateway.ControlPlane.AspNetCore.Hosting;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Templates;
using KernelGateway.Processes.Inspection;
using KernelGateway.Server.Configuration;
using KernelGateway.Server.Serve;
using KernelGateway.Server.Serve.Tls;

namespace KernelGateway.Server.Sandboxes;

/// <summary><c>kernel-gateway sandboxes serve</c>.</summary>
internal sealed partial class SandboxesServeCommand
{
    private const string DefaultPort = "3000";
    private const int ResponseBufferBytes = 256 * 1024;

    private readonly PlaneCommandOptions _plane = new();

    private readonly EngineCommandOptions _engine = new();

    private readonly Option<string> _host = new("--host")
    {
        Description = "Listen on this IP address; 'localhost' is both loopback addresses, '*' is all addresses.",
        HelpName = "ADDRESS",
        DefaultValueFactory = _ => "localhost",
    };

    private readonly Option<string> _port = new("--port", "-p")
    {
        Description = "Listen on this port; 0 chooses a free one and prints it.",
        HelpName = "PORT",
        DefaultValueFactory = _ => DefaultPort,
    };

    private readonly Option<string?> _certificate = new("--certfile")
    {
        Description = "Use HTTPS with the certificate in this PEM file; it should be valid for '*.DOMAIN'.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _key = new("--keyfile")
    {
        Description = "The PEM file of the certificate's private key. Default: the certificate's file.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _domain = new("--domain")
    {
        Description = "Serve ports of sandboxes as '{port}-{id}.DOMAIN'. Clients are told this domain, with its port if it has one. "
            + "Default: localhost, and the port of this service.",
        HelpName = "DOMAIN",
    };

    private readonly Option<int> _maxLifetime = new("--max-lifetime")
    {
        Description = "The longest lifetime that a request may ask for, in seconds.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 24 * 3600,
    };

    private readonly Option<string[]> _ready = new("--ready")
    {
        Description = "Keep this number of sandboxes of a template started, with its kernels, as in code-interpreter-v1=4. A create "
            + "request takes one of them and does not wait for the start of a sandbox or kernel, unless it names network settings. "
            + "Can be given for several templates.",
        HelpName = "TEMPLATE=COUNT",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string> _network = new("--network")
    {
        Description = "The network of sandboxes whose request does not say: 'outgoing', or 'none'.",
        HelpName = "outgoing|none",
        DefaultValueFactory = _ => "outgoing",
    };

    private readonly Option<string> _machine = new("--machine")
    {
        Description = "The name under which this machine's sandboxes are stored, for control planes that share a database.",
        HelpName = "NAME",
        DefaultValueFactory = _ => Environment.MachineName,
    };

    private readonly Option<LogLevel> _logLevel = new("--log-level")
    {
        Description = "The minimum log level.",
        DefaultValueFactory = _ => LogLevel.Information,
    };

    public static Command Create() => new SandboxesServeCommand().Build();

    private Command Build()
    {
        _network.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "outgoing", "none");
        var command = new Command(
            "serve",
            "Serves the REST API of the E2B SDKs and the ports of the sandboxes until SIGTERM or Ctrl-C. The sandboxes live on; the next start finds them.")
        {
            _host, _port, _certificate, _key, _domain, _maxLifetime, _ready, _network, _machine, _logLevel,
        };
        _engine.AddTo(command);
        _plane.AddTo(command);
        _plane.AddTemplatesTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            return await ServeAsync(parsed, cancellationToken);
        }
        catch (Exception exception) when (exception is SettingsException or StorageException or IOException or SocketException or SandboxEngineException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return exception is SettingsException ? ExitCodes.Usage : ExitCodes.Failure;
        }
    }

    private async Task<int> ServeAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var server = ReadServer(parsed);
        var address = ListenAddress.From(server)!;
        var tls = CertificateFiles.Create(server.Tls) is { } files ? new TlsHandshakes(files) : null;
        var options = ReadOptions(parsed);
        var templates = new TemplateCatalog(_plane.GetTemplates(parsed));
        ReadySandboxes.Check(options.ReadySandboxes, templates);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "kernel-gateway" });
        ServerHost.AddLogging(builder.Logging, server);
        builder.WebHost.UseKestrelCore();

        // Kestrel's own sockets receive 4 KB at a time, which an upload to a sandbox mostly consists of.
        builder.WebHost.UseKernelGatewaySockets();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            address.Apply(kestrel, endpoint => tls?.Apply(endpoint));
            kestrel.AddServerHeader = false;
            kestrel.Limits.KeepAliveTimeout = ServerHost.IdleConnectionTimeout;

            // The router goes on reading from a sidecar while it sends.
            kestrel.Limits.MaxResponseBufferSize = ResponseBufferBytes;
        });
        builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
        ControlPlaneHost.AddServices(builder.Services);
        await using var app = builder.Build();
        var loggers = app.Services.GetRequiredService<ILoggerFactory>();
        var time = new BootClock();
        var engine = await _engine.CreateAllowedAsync(parsed, options.DataDirectory, loggers, time, cancellationToken);
        var store = await ControlPlaneStore.OpenAsync(
            _plane.CreateDatabase(parsed, options.DataDirectory), parsed.GetRequiredValue(_machine), cancellationToken);
        await using var host = await ControlPlaneHost.StartAsync(engine, store, templates, options, time, loggers, cancellationToken);

        // At once, as it is not shown again: the start can still fail, when the port is in use.
        if (host.FirstKey is { } key) await parsed.InvocationConfiguration.Output.WriteLineAsync($"API key: {key}");
        host.Map(app);
        app.Lifetime.ApplicationStarted.Register(() => Announce(parsed.InvocationConfiguration.Output, app.Urls, host));
        _ = StopWhenLostAsync(host, app.Lifetime, loggers.CreateLogger<SandboxesServeCommand>());
        await app.RunAsync(cancellationToken);
        return host.WhenLost.IsCompleted ? ExitCodes.Failure : ExitCodes.Success;
    }

    private ServerOptions ReadServer(ParseResult parsed)
    {
        var server = new ServerOptions
        {
            Host = parsed.GetRequiredValue(_host),
            Port = parsed.GetRequiredValue(_port),
            LogLevel = parsed.GetValue(_logLevel),
        };
        server.Tls.CertificateFile = parsed.GetValue(_certificate);
        server.Tls.KeyFile = parsed.GetValue(_key);
        return server;
    }

    private ControlPlaneOptions ReadOptions(ParseResult parsed)
    {
        var seconds = parsed.GetValue(_maxLifetime);
        if (seconds < 1) throw new SettingsException($"--max-lifetime: {seconds} is less than 1.");
        var domain = parsed.GetValue(_domain);
        return new ControlPlaneOptions
        {
            DataDirectory = _plane.CreateDataDirectory(parsed),
            Domain = domain?.Split(':')[0] ?? "localhost",
            ReportedDomain = domain,
            MaxLifetime = TimeSpan.FromSeconds(seconds),
            ReadySandboxes = ReadySandboxes.Parse(parsed.GetValue(_ready) ?? []),
            IsOfflineByDefault = parsed.GetRequiredValue(_network).Equals("none", StringComparison.OrdinalIgnoreCase),
            BootId = ProcessStat.BootId,
        };
    }

    private static void Announce(TextWriter output, IEnumerable<string> urls, ControlPlaneHost host)
    {
        var url = urls.First().Replace("[::]", "localhost", StringComparison.Ordinal);
        host.Options.ReportedDomain ??= $"{host.Options.Domain}:{new Uri(url).Port.ToString(CultureInfo.InvariantCulture)}";
        output.WriteLine($"Listening on {url}");
        output.WriteLine();
        output.WriteLine($"  export E2B_API_URL={url} E2B_SANDBOX_URL={url} E2B_API_KEY={host.FirstKey ?? "..."}");
        output.WriteLine();
        output.Flush();
    }

    private static async Task StopWhenLostAsync(ControlPlaneHost host, IHostApplicationLifetime lifetime, ILogger logger)
    {
        LogLost(logger, await host.WhenLost);
        lifetime.StopApplication();
    }

    [LoggerMessage(5221, LogLevel.Critical, "The control plane stops.")]
    private static partial void LogLost(ILogger logger, Exception exception);
}
