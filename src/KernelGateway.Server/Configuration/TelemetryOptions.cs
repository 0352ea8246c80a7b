namespace KernelGateway.Server.Configuration;

/// <summary>The export of metrics and traces. Without any of these settings OpenTelemetry is not loaded.</summary>
internal sealed class TelemetryOptions
{
    /// <summary>Gets or sets the address of an OpenTelemetry collector, such as <c>http://localhost:4318</c>. Default: none.</summary>
    public string? Otlp { get; set; }

    /// <summary>Gets or sets the collector's protocol. Default: <see cref="OtlpProtocol.Http"/>.</summary>
    public OtlpProtocol OtlpProtocol { get; set; }

    /// <summary>Gets or sets a value indicating whether <c>GET /metrics/prometheus</c> answers. Default: false.</summary>
    public bool Prometheus { get; set; }
}

/// <summary>The two forms of OTLP.</summary>
internal enum OtlpProtocol
{
    /// <summary>Protocol buffers in HTTP requests, usually on port 4318.</summary>
    Http,

    /// <summary>gRPC, usually on port 4317.</summary>
    Grpc,
}
