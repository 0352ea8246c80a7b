using System.Net;
using System.Net.Http.Json;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Serving;

public sealed class TelemetryTests
{
    private const string Token = "token-of-the-gateway";

    [Test]
    [CancelAfter(120_000)]
    public async Task Prometheus_reads_the_metrics_with_the_token_and_below_the_base_path(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(cancellationToken, "--prometheus", "--base-url", "/gateway");
        using var client = new HttpClient();
        var address = new Uri($"{server.Url}/metrics/prometheus");

        using (var refused = await client.GetAsync(address, cancellationToken)) refused.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        client.DefaultRequestHeaders.Authorization = new("Bearer", Token);
        var metrics = await client.GetStringAsync(address, cancellationToken);

        metrics.Should().MatchRegex(@"(?m)^kernelgateway_context_count\{[^}]*\} 0$");
        metrics.Should().MatchRegex(@"(?m)^kernelgateway_kernel_count\{[^}]*kernelgateway_kernel_state=""ready""[^}]*\} 0$");
        metrics.Should().Contain("kernelgateway_memory_usage_bytes").And.Contain("kernelgateway_journal_spill_usage_bytes");
        metrics.Should().Contain("http_server_request_duration_seconds_bucket", "refused requests are measured, too");
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Without_options_there_is_no_route_and_OpenTelemetry_is_not_loaded(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(cancellationToken);
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", Token);

        using var response = await client.GetAsync(new Uri(server.Url, "/metrics/prometheus"), cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        var loaded = await File.ReadAllTextAsync($"/proc/{server.ProcessId}/maps", cancellationToken);
        loaded.Should().Contain("KernelGateway.dll").And.NotContain("OpenTelemetry");
    }

    [Test]
    [RequiresKernel]
    [CancelAfter(120_000)]
    public async Task A_collector_gets_metrics_and_the_traces_of_executions(CancellationToken cancellationToken)
    {
        const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
        await using var collector = await OtlpCollector.StartAsync(cancellationToken);
        var environment = new Dictionary<string, string>
        {
            ["KERNELGATEWAY__HTTP__TOKEN"] = Token,
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-tenant=one",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "100",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        };
        await using var server = await ServerProcess.StartAsync(environment, cancellationToken, "--warm", "none", "--otlp", collector.Url);
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", Token);
        client.DefaultRequestHeaders.Add("traceparent", $"00-{TraceId}-00f067aa0ba902b7-01");

        // The launch fails before a process is started. Its span contains the reason.
        using var response = await client.PostAsJsonAsync(
            new Uri(server.Url, "/contexts"), new { language = "python", cwd = "/does/not/exist" }, cancellationToken);

        response.IsSuccessStatusCode.Should().BeFalse();
        var metrics = await collector.Requests.WaitForAsync(
            request => request.Path == "/v1/metrics" && request.Has("kernelgateway.kernel.count"), cancellationToken);
        metrics.ContentType.Should().Be("application/x-protobuf");
        metrics.Tenant.Should().Be("one");
        foreach (var name in (string[])["kernel-gateway", "kernelgateway.context.count", "kernelgateway.journal.memory.usage", "launching"])
        {
            metrics.Has(name).Should().BeTrue(name);
        }

        var traces = await collector.Requests.WaitForAsync(request => request.Path == "/v1/traces" && request.Has("launch "), cancellationToken);
        traces.Has(Convert.FromHexString(TraceId)).Should().BeTrue();
        traces.Has("WorkingDirectoryNotFound").Should().BeTrue();
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task A_collector_gets_metrics_over_grpc(CancellationToken cancellationToken)
    {
        await using var collector = await OtlpCollector.StartAsync(cancellationToken, grpc: true);
        var environment = new Dictionary<string, string> { ["KERNELGATEWAY__HTTP__TOKEN"] = Token, ["OTEL_METRIC_EXPORT_INTERVAL"] = "100" };
        await using var server = await ServerProcess.StartAsync(
            environment, cancellationToken, "--warm", "none", "--otlp", collector.Url, "--otlp-protocol", "grpc");

        var metrics = await collector.Requests.WaitForAsync(request => request.Has("kernelgateway.kernel.count"), cancellationToken);

        metrics.Path.Should().Be("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export");
        metrics.ContentType.Should().Be("application/grpc");
    }

    [Test]
    [RequiresKernel]
    [CancelAfter(120_000)]
    public async Task Both_tell_of_an_execution_in_a_real_kernel(CancellationToken cancellationToken)
    {
        const string TraceId = "0af7651916cd43dd8448eb211c80319c";
        await using var collector = await OtlpCollector.StartAsync(cancellationToken);
        await using var server = await StartAsync(cancellationToken, "--prometheus", "--otlp", collector.Url);
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", Token);
        client.DefaultRequestHeaders.Add("traceparent", $"00-{TraceId}-b7ad6b7169203331-01");

        using var response = await client.PostAsJsonAsync(new Uri(server.Url, "/execute"), new { code = "1 / 0" }, cancellationToken);
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Contain("ZeroDivisionError");
        var metrics = await client.GetStringAsync(new Uri(server.Url, "/metrics/prometheus"), cancellationToken);

        metrics.Should().MatchRegex(@"(?m)^kernelgateway_executions_total\{[^}]*kernelgateway_execution_end_reason=""error""[^}]*\} 1$");
        metrics.Should().MatchRegex(@"(?m)^kernelgateway_kernel_count\{[^}]*kernelgateway_kernel_state=""ready""[^}]*\} 1$");
        metrics.Should().Contain("kernelgateway_execution_duration_seconds_bucket").And.Contain("kernelgateway_execution_queue_duration_seconds_sum");
        var traces = await collector.Requests.WaitForAsync(request => request.Path == "/v1/traces" && request.Has("execute "), cancellationToken);
        traces.Has(Convert.FromHexString(TraceId)).Should().BeTrue();
        traces.Has(Convert.FromHexString("b7ad6b7169203331")).Should().BeTrue("the caller's span is the parent");
        traces.Has("ZeroDivisionError").Should().BeTrue();
    }

    private static Task<ServerProcess> StartAsync(CancellationToken cancellationToken, params string[] arguments) => ServerProcess.StartAsync(
        new Dictionary<string, string> { ["KERNELGATEWAY__HTTP__TOKEN"] = Token }, cancellationToken, ["--warm", "none", .. arguments]);
}
