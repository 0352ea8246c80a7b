using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text;
using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Telemetry;
using KernelGateway.Testing.Time;
using KernelGateway.Tests.Executions;
using KernelGateway.Tests.Kernels;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace KernelGateway.Tests.Telemetry;

/// <summary>Listeners of the host that throw, block, or outlive the gateway.</summary>
public sealed class FailingListenerTests
{
    private const int TestTimeout = 30_000;

    // A listener receives the events of the whole process. It fails only in the execution context of its own test.
    private readonly AsyncLocal<bool> _fails = new();

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_gateway_measures_though_a_listener_throws_at_each_instrument(CancellationToken cancellationToken)
    {
        using var meters = new HostMeters();
        using var broken = new MeterListener { InstrumentPublished = (instrument, _) => FailIf(meters.Has(instrument)) };
        broken.Start();

        await using var scripted = await ScriptedGateway.StartAsync(one => one.Meters = meters);

        using var metrics = new RecordedMetrics(scripted.Gateway.Telemetry.Meter);
        var context = await scripted.CreateContextAsync(cancellationToken);
        (await context.RunAsync("return 5", cancellationToken: cancellationToken)).Text.Should().Be("5");
        metrics.Of("kernelgateway.executions").Should().ContainSingle();
        metrics.Of("kernelgateway.execution.duration").Should().ContainSingle();
        metrics.Collect("kernelgateway.context.count")[""].Should().Be(1);
        (await scripted.Log.WaitForAsync(3170, cancellationToken)).Message.Should().Contain("The exporter is broken.");
    }

    [Test]
    public void A_gateway_measures_with_a_meter_of_its_own_when_the_factory_of_the_host_throws()
    {
        using var telemetry = new GatewayTelemetry(new BrokenMeters(), NullLogger.Instance, new ManualTimeProvider());
        using var metrics = new RecordedMetrics(telemetry.Meter);

        telemetry.OnWebSocketResumed();

        metrics.Of("kernelgateway.websocket.resumes").Should().ContainSingle();
    }

    [Test]
    public void An_activity_source_is_usable_though_a_listener_throws_when_it_is_notified()
    {
        const string Name = "source that a listener refuses";
        using var broken = new ActivityListener { ShouldListenTo = one => FailIf(one.Name == Name) };
        ActivitySource.AddActivityListener(broken);

        var (source, failure) = Publication.CreateSource(Name, "1.0");

        using (source)
        {
            failure!.Message.Should().Be("The exporter is broken.");
            using var spans = new RecordedSpans(Name);
            using var span = source.StartActivity("something");
            span.Should().NotBeNull("a listener that was added later records the span");
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_sampler_that_throws_costs_the_span_and_not_the_execution(CancellationToken cancellationToken)
    {
        using var broken = new ActivityListener
        {
            ShouldListenTo = one => one.Name == "KernelGateway",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) =>
                FailIf(_fails.Value) ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
        };
        ActivitySource.AddActivityListener(broken);
        await using var scripted = await ScriptedGateway.StartAsync();
        _fails.Value = true;

        var context = await scripted.CreateContextAsync(cancellationToken);
        var execution = await context.RunAsync("return 5", cancellationToken: cancellationToken);

        execution.Text.Should().Be("5");
        (await scripted.Log.WaitForAsync(3170, cancellationToken)).Message.Should().Contain("The exporter is broken.");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_handler_of_the_current_activity_that_throws_costs_no_execution(CancellationToken cancellationToken)
    {
        using var spans = new RecordedSpans();
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        Activity.CurrentChanged += OnChanged;
        try
        {
            _fails.Value = true;
            var execution = context.Submit("return 5");
            _fails.Value = false;

            (await execution.WaitAsync(cancellationToken)).Text.Should().Be("5");
            (await scripted.Log.WaitForAsync(3170, cancellationToken)).Message.Should().Contain("The exporter is broken.");
        }
        finally
        {
            Activity.CurrentChanged -= OnChanged;
        }

        void OnChanged(object? sender, ActivityChangedEventArgs changed) => FailIf(_fails.Value);
    }

    [Test]
    public void A_listener_that_throws_at_the_end_of_the_instruments_does_not_prevent_it()
    {
        var fails = true;
        var telemetry = new GatewayTelemetry(meters: null, NullLogger.Instance, new ManualTimeProvider());
        using var broken = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter, telemetry.Meter)) listener.EnableMeasurementEvents(instrument);
            },
            MeasurementsCompleted = (_, _) => FailIf(fails),
        };
        broken.Start();

        FluentActions.Invoking(telemetry.Dispose).Should().NotThrow();

        // The listener is called again when it is disposed.
        fails = false;
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_listener_that_waits_for_another_thread_is_called_without_a_lock(CancellationToken cancellationToken)
    {
        using var telemetry = new GatewayTelemetry(meters: null, NullLogger.Instance, new ManualTimeProvider());
        using var fixture = new JournalFixture(telemetry: telemetry);
        using var journal = fixture.NewJournal(maxBytes: 100);
        using var run = new ExecutionRun(
            journal, new ExecutionRunOptions(TimeSpan.FromSeconds(2), long.MaxValue, ReportsErrorsAsOk: false), fixture.Time);
        var hasEnded = false;
        using var metrics = new RecordedMetrics(
            telemetry.Meter, _ => hasEnded = WaitFor(() => run.TryEnd(ExecutionEndReason.Removed)));
        var content = Encoding.UTF8.GetBytes($$"""{"name":"stdout","text":"{{new string('x', 200)}}"}""");
        var output = MessageFactory.StartSession("kernel").Create("stream", content);

        // On another thread, so that the test can stop waiting for it.
        await Task.Run(() => run.OnMessage(KernelChannel.IOPub, output), cancellationToken).WaitAsync(cancellationToken);

        hasEnded.Should().BeTrue();
        (await run.Ended.WaitAsync(cancellationToken)).DroppedEvents.Should().Be(1);
        metrics.Of("kernelgateway.messages.dropped").Should().ContainSingle().Which.Value.Should().Be(1);

        bool WaitFor(Func<bool> onAnotherThread)
        {
            var task = Task.Run(onAnotherThread, cancellationToken);
#pragma warning disable VSTHRD002   // a listener may block, and this test checks that
            task.Wait(cancellationToken);
            return task.Result;
#pragma warning restore VSTHRD002
        }
    }

    [Test]
    public void A_gateway_that_is_disposed_is_not_kept_by_the_meters_of_its_host()
    {
        using var meters = new HostMeters();
        var (telemetry, read) = Use(meters);

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        telemetry.IsAlive.Should().BeFalse();
        read.IsAlive.Should().BeFalse();
        meters.All.Should().ContainSingle("the meter is the host's");
        using var metrics = new RecordedMetrics(meters.All[0]);
        metrics.Collect("kernelgateway.context.count").Should().BeEmpty("the instruments of a disposed gateway are not read");
    }

    // A separate method, so that no local variable of the test refers to the disposed objects.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Telemetry, WeakReference Read) Use(HostMeters meters)
    {
        var read = new int[1];
        var telemetry = new GatewayTelemetry(meters, NullLogger.Instance, new ManualTimeProvider());
        var none = new Dictionary<string, long>();
        telemetry.Observe(new GatewayReadings
        {
            Contexts = () => read.Length,
            KernelsByState = () => none,
            ExecutionsByStatus = () => none,
            WebSocketConnections = () => 0,
            JournalMemoryBytes = () => 0,
            JournalSpillBytes = () => 0,
            MemoryBytes = () => 0,
        });
        using (var metrics = new RecordedMetrics(meters.All[0]))
        {
            metrics.Collect("kernelgateway.context.count")[""].Should().Be(1);
        }

        telemetry.Dispose();
        return (new WeakReference(telemetry), new WeakReference(read));
    }

    private static bool FailIf(bool fails) => fails ? throw new InvalidOperationException("The exporter is broken.") : false;

    private sealed class BrokenMeters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => throw new ObjectDisposedException(nameof(IMeterFactory));

        public void Dispose()
        {
        }
    }
}
