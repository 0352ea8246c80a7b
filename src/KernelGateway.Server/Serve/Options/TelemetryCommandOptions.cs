using System.CommandLine;
using KernelGateway.Server.Configuration;

namespace KernelGateway.Server.Serve.Options;

/// <summary>The options for the export of metrics and traces.</summary>
internal sealed class TelemetryCommandOptions
{
    private readonly Option<string?> _otlp = new("--otlp")
    {
        Description = "Send metrics and traces to the OpenTelemetry collector at this address, as in 'http://localhost:4318'. "
            + "It replaces OTEL_EXPORTER_OTLP_ENDPOINT; the other variables of OpenTelemetry apply. Default: send none.",
        HelpName = "ENDPOINT",
    };

    private readonly Option<string?> _protocol = new("--otlp-protocol")
    {
        Description = "The collector's protocol: protocol buffers over HTTP (usually port 4318) or gRPC (usually port 4317). Default: http.",
        HelpName = "http|grpc",
    };

    private readonly Option<bool> _prometheus = new("--prometheus")
    {
        Description = "Serve metrics for Prometheus at GET /metrics/prometheus. It needs the token as other routes do.",
    };

    public void AddTo(Command command)
    {
        _protocol.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "http", "grpc");
        command.Options.Add(_otlp);
        command.Options.Add(_protocol);
        command.Options.Add(_prometheus);
    }

    public void Read(ParseResult parsed, Dictionary<string, string?> settings)
    {
        CommonOptions.Add(settings, "Telemetry:Otlp", parsed.GetValue(_otlp));
        CommonOptions.Add(settings, "Telemetry:OtlpProtocol", parsed.GetValue(_protocol));
        CommonOptions.AddFlag(settings, "Telemetry:Prometheus", parsed.GetValue(_prometheus));
    }
}
