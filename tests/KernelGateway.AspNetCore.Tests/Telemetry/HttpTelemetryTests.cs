using System.Diagnostics;
using System.Diagnostics.Metrics;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Testing;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.Jupyter.Channels.ChannelClient;

namespace KernelGateway.AspNetCore.Tests.Telemetry;

public sealed class HttpTelemetryTests
{
    [Test]
    [CancelAfter(60_000)]
    public async Task The_traceparent_of_a_request_is_the_parent_of_its_execution(CancellationToken cancellationToken)
    {
        var spans = new AwaitableLog<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "KernelGateway",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var server = await GatewayServer.StartAsync();
        server.Client.DefaultRequestHeaders.Add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

        using var lines = await server.Client.ExecuteAsync("return 1", cancellationToken);
        await lines.ReadAllAsync(cancellationToken);

        var span = await spans.WaitForAsync(
            one => (string?)one.GetTagItem("kernelgateway.execution.id") == lines.ExecutionId, cancellationToken);
        span.TraceId.ToString().Should().Be("4bf92f3577b34da6a3ce929d0e0e4736");
        span.ParentSpanId.ToString().Should().Be("00f067aa0ba902b7");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task WebSocket_clients_are_counted_while_they_are_connected_and_when_they_come_back(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var metrics = new Sums(server.Gateway.Telemetry.Meter);
        metrics.Collect("kernelgateway.websocket.connection.count").Should().Be(0);

        var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        await client.ReceiveAnswersAsync(await client.ExecuteAsync("return 1", cancellationToken), cancellationToken);
        metrics.Collect("kernelgateway.websocket.connection.count").Should().Be(1);
        client.Kill();
        await DisconnectedAsync(server, "mine", cancellationToken);
        using var again = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        using var other = await ConnectAsync(server, id, "session_id=other", cancellationToken);
        await again.ReceiveAnswersAsync(await again.ExecuteAsync("return 2", cancellationToken), cancellationToken);
        await other.ReceiveAnswersAsync(await other.ExecuteAsync("return 3", cancellationToken), cancellationToken);

        metrics.Collect("kernelgateway.websocket.connection.count").Should().Be(2);
        metrics.Collect("kernelgateway.websocket.resumes").Should().Be(1);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Messages_not_kept_for_a_disconnected_client_count_as_dropped(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(http: http => http.Channels.MaxPendingBytes = http.Channels.MaxReplayBytes = 1 << 20);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var metrics = new Sums(server.Gateway.Telemetry.Meter);
        var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        await client.ReceiveAnswersAsync(await client.ExecuteAsync("return 1", cancellationToken), cancellationToken);
        client.Kill();
        await DisconnectedAsync(server, "mine", cancellationToken);

        using var lines = await server.Client.ExecuteAsync("flood 5000", cancellationToken, new() { ["context_id"] = id });
        await lines.ReadAllAsync(cancellationToken);

        // The output is added to the client's queue before the end of the execution is reported.
        metrics.Collect("kernelgateway.messages.dropped", "client_output client_away").Should().BeInRange(1_000, 5_010);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_client_can_reconnect_while_a_listener_is_told_of_its_dropped_messages(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(http: http => http.Channels.MaxPendingBytes = http.Channels.MaxReplayBytes = 1 << 20);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        await client.ReceiveAnswersAsync(await client.ExecuteAsync("return 1", cancellationToken), cancellationToken);
        client.Kill();
        await DisconnectedAsync(server, "mine", cancellationToken);
        using var connected = new ManualResetEventSlim();
        using var metrics = new Sums(server.Gateway.Telemetry.Meter, name =>
        {
            if (name != "kernelgateway.messages.dropped" || connected.IsSet) return;
            _ = Task.Run(ReconnectAsync, cancellationToken);
            connected.Wait(cancellationToken);
        });

        using var lines = await server.Client.ExecuteAsync("flood 5000", cancellationToken, new() { ["context_id"] = id });
        await lines.ReadAllAsync(cancellationToken);

        connected.IsSet.Should().BeTrue();

        async Task ReconnectAsync()
        {
            using var again = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
            connected.Set();
        }
    }

    private sealed class Sums : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Lock _gate = new();
        private readonly List<(Instrument Instrument, long Value, string Tags)> _all = [];

        public Sums(Meter meter, Action<string>? measured = null)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter, meter)) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            {
                var text = string.Join(' ', tags.ToArray().Select(tag => tag.Value));
                lock (_gate) _all.Add((instrument, value, text));
                measured?.Invoke(instrument.Name);
            });
            _listener.Start();
        }

        public long Collect(string name, string tags = "")
        {
            lock (_gate) _all.RemoveAll(one => one.Instrument.IsObservable);
            _listener.RecordObservableInstruments();
            lock (_gate) return _all.Where(one => one.Instrument.Name == name && one.Tags == tags).Sum(one => one.Value);
        }

        public void Dispose() => _listener.Dispose();
    }
}
