using System.Collections;
using System.Runtime.CompilerServices;
using KernelGateway.AspNetCore.Hosting;
using KernelGateway.Server.Configuration;
using KernelGateway.Telemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace KernelGateway.Server.Telemetry;

/// <summary>Sends metrics and traces to a collector, and serves metrics for Prometheus.</summary>
/// <remarks>
/// Called only if a setting enables it: its methods load OpenTelemetry's assemblies, and are therefore never inlined.
/// </remarks>
internal static class TelemetryExport
{
    private const string PrometheusPath = "/metrics/prometheus";

    // ASP.NET Core and the runtime measure requests by route and status, connections, memory, processor time.
    private static readonly string[] Meters =
        [TelemetryNames.Source, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    /// <summary>Adds the exporters.</summary>
    /// <exception cref="SettingsException">The address of the collector is not one.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void AddTo(WebApplicationBuilder builder, TelemetryOptions options)
    {
        var collector = options.Otlp is null ? null : ParseEndpoint(options.Otlp);
        AddStandardVariables(builder.Configuration);
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(Describe).WithMetrics(metrics =>
        {
            metrics.AddMeter(Meters);
            if (options.Prometheus) metrics.AddPrometheusExporter();
            if (collector is not null) metrics.AddOtlpExporter(exporter => Direct(exporter, collector, options.OtlpProtocol, "v1/metrics"));
        });
        if (collector is null) return;
        telemetry.WithTracing(traces => traces
            .AddSource(TelemetryNames.Source)
            .AddOtlpExporter(exporter => Direct(exporter, collector, options.OtlpProtocol, "v1/traces")));
    }

    /// <summary>Maps the route that Prometheus reads, with the checks of the gateway's own routes before it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void MapPrometheus(IEndpointRouteBuilder endpoints) =>
        endpoints.MapPrometheusScrapingEndpoint(PrometheusPath).AddRequestGuard(endpoints.ServiceProvider);

    private static Uri ParseEndpoint(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && (endpoint.Scheme == Uri.UriSchemeHttp || endpoint.Scheme == Uri.UriSchemeHttps)
            ? endpoint
            : throw new SettingsException($"Telemetry:Otlp: '{text}' is not an http or https address.");

    // OpenTelemetry uses an address that is set in code unchanged, without the path of the signal. It also overrides
    // OTEL_EXPORTER_OTLP_ENDPOINT.
    private static void Direct(OtlpExporterOptions exporter, Uri collector, OtlpProtocol protocol, string path)
    {
        exporter.Protocol = protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = protocol == OtlpProtocol.Grpc ? collector : new Uri($"{collector.AbsoluteUri.TrimEnd('/')}/{path}");
    }

    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES are last, so they override the others.
    private static void Describe(ResourceBuilder resource) =>
        resource.Clear().AddTelemetrySdk().AddService("kernel-gateway", serviceVersion: GatewaySpans.Version).AddEnvironmentVariableDetector();

    // OpenTelemetry reads its variables from the host's configuration, which otherwise does not contain the environment.
    private static void AddStandardVariables(IConfigurationBuilder configuration) => configuration.AddInMemoryCollection(
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value))
            .Where(variable => variable.Key.StartsWith("OTEL_", StringComparison.Ordinal)));
}
