using KernelGateway.AspNetCore;
using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.Ports;
using KernelGateway.Launching;
using KernelGateway.Server.Configuration;
using KernelGateway.Server.Mcp;
using KernelGateway.Server.Serve.Tls;
using KernelGateway.Server.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Console;

namespace KernelGateway.Server.Serve;

/// <summary>Builds the server from an empty builder, so that it answers soon after its start.</summary>
internal static class ServerHost
{
    /// <summary>How long idle connections stay open.</summary>
    /// <remarks>
    /// Longer than load balancers keep idle connections, which is 600 s for many: a request that is on its way while its connection
    /// is closed fails. E2B's servers have the same value.
    /// </remarks>
    internal static readonly TimeSpan IdleConnectionTimeout = TimeSpan.FromSeconds(640);

    /// <exception cref="SettingsException">A setting cannot be used.</exception>
    public static WebApplication Build(Settings settings, TextWriter output)
    {
        var server = settings.ReadServer();
        var address = ListenAddress.From(server);
        var socket = ListenSocket.From(server);
        var basePath = BasePath.Parse(server.BaseUrl);
        var warm = server.Warm;
        if (warm.Count > 1 && warm.Contains(WarmUp.None, StringComparer.OrdinalIgnoreCase))
        {
            throw new SettingsException($"Warm: '{WarmUp.None}' starts no kernel and cannot be combined with languages.");
        }

        if (server.MaxConnections < 1) throw new SettingsException($"MaxConnections: {server.MaxConnections} is less than 1.");
        var tls = CertificateFiles.Create(server.Tls) is { } files ? new TlsHandshakes(files) : null;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "kernel-gateway" });
        AddLogging(builder.Logging, server);
        builder.WebHost.UseKestrelCore();
        if (!server.UsesKestrelSockets) builder.WebHost.UseKernelGatewaySockets();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            address?.Apply(kestrel, endpoint => tls?.Apply(endpoint));
            socket?.Apply(kestrel);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = server.MaxConnections ?? GetMaxConnections();

            // Idle connections count against the limit.
            kestrel.Limits.KeepAliveTimeout = IdleConnectionTimeout;
        });
        if (socket is not null) builder.Services.Configure<SocketTransportOptions>(socket.Apply);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
        var gateway = builder.Services.AddKernelGateway(options =>
        {
            options.AdoptOrphanedKernels = true;
            options.ReleaseMemoryWhenQuiet = true;
            settings.ApplyToServer(options);
        });
        if (server.Transport == MessageTransport.NetMQ) gateway.UseNetMQ();
        if (server.Services.IsEnabled && OperatingSystem.IsLinux()) gateway.AddSandboxServices(settings.Apply);
        else RefuseSudo(settings);

        var http = new KernelGatewayHttpOptions();
        settings.Apply(http);
        Refuse(http, address);
        var announcement = new Announcement(output, http, basePath);
        announcement.MakeToken();
        builder.Services.AddSingleton(Microsoft.Extensions.Options.Options.Create(http));
        builder.Services.AddSingleton(announcement);
        builder.Services.AddSingleton<McpRoute>();
        builder.Services.AddHostedService(provider =>
        {
            var warmUp = new WarmUp(
                warm, provider.GetRequiredService<Gateway>, provider.GetRequiredService<IHostApplicationLifetime>(),
                TimeProvider.System, provider.GetRequiredService<ILogger<WarmUp>>());
            http.IsReady = () => warmUp.IsDone;
            return warmUp;
        });

        if (server.Telemetry is { Otlp: not null } or { Prometheus: true }) TelemetryExport.AddTo(builder, server.Telemetry);
        if (http.Domain is not null) PortForwarding.AddServices(builder.Services);
        var app = builder.Build();
        app.UseKernelGatewayPorts();
        app.Use(RepeatedSlashes.CollapseAsync);
        app.UseRouting();
        var routes = app.MapGroup(basePath);
        routes.MapKernelGateway();
        McpRoute.Map(routes);
        if (server.Telemetry.Prometheus) TelemetryExport.MapPrometheus(routes);
        app.Lifetime.ApplicationStarted.Register(() => announcement.Write(app.Urls));
        return app;
    }

    private static long? GetMaxConnections()
    {
        if (DescriptorLimit.ReadSoftLimit() is not { } descriptors) return null;
        return DescriptorLimit.GetMaxConnections(descriptors);
    }

    private static void RefuseSudo(Settings settings)
    {
        var services = new SandboxServicesOptions();
        settings.Apply(services);
        if (services.SudoSocket is not null) throw new SettingsException("Services:SudoSocket: it is one of the services, which are off.");
    }

    private static void Refuse(KernelGatewayHttpOptions http, ListenAddress? address)
    {
        if (http.Authentication == KernelGatewayAuthentication.Application)
        {
            throw new SettingsException("Http:Authentication: 'Application' is for gateways inside other applications; here it is 'token' or 'none'.");
        }

        if (http.Authentication == KernelGatewayAuthentication.None && address is { IsLoopback: false })
        {
            throw new SettingsException("--auth none is accepted on loopback addresses only: everybody who can connect could run code.");
        }
    }

    /// <summary>Adds the log on standard error; standard output is for what the command prints.</summary>
    public static void AddLogging(ILoggingBuilder logging, ServerOptions options)
    {
        logging.SetMinimumLevel(options.LogLevel);

        // At Information ASP.NET Core logs the URL of each request, with a token in its query.
        logging.AddFilter("Microsoft", options.LogLevel > LogLevel.Warning ? options.LogLevel : LogLevel.Warning);

        // Whatever else is logged.
        logging.AddFilter(AuditLog.Category, LogLevel.Information);

        // It logs each request, and a warning for each port on which nothing listens.
        logging.AddFilter("Yarp", LogLevel.Error);

        // The command reports a failed start in one sentence; the host would log a stack trace before it.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        if (options.LogFormat == LogFormat.Json)
        {
            logging.AddJsonConsole(json =>
            {
                json.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
                json.UseUtcTimestamp = true;
            });
        }
        else
        {
            logging.AddConsole(console => console.FormatterName = LineFormatter.FormatterName);
            logging.AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();
        }

        // Standard output is for the address and the token.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
