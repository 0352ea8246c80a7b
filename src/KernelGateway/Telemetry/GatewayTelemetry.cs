using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using KernelGateway.Guarding;
using KernelGateway.Logging;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Telemetry;

/// <summary>The instruments of one gateway.</summary>
/// <remarks>
/// Without a listener, a measurement is a check of one field. Neither the constructor nor a measurement throws: a listener is
/// code of the host, and its failure must not prevent the start of the gateway or end an execution. A listener runs on the caller's
/// thread.
/// </remarks>
internal sealed partial class GatewayTelemetry : IDisposable
{
    // Seconds. A cell takes milliseconds or hours.
    private static readonly double[] Seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

    private readonly ILogger _logger;
    private readonly RateLimitedLog<string> _failures;
    private readonly Counter<long> _executions;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _queueDuration;
    private readonly Counter<long> _restarts;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _resumes;

    // The instruments hold this and not the gateway: those of a host's factory live as long as the host.
    private readonly StrongBox<GatewayReadings?> _readings = new();

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">The host's factory, which owns the meter; null for a meter that is disposed with this object.</param>
    /// <param name="logger">Is told when a listener fails.</param>
    /// <param name="time">The clock.</param>
    public GatewayTelemetry(IMeterFactory? meters, ILogger logger, TimeProvider time)
    {
        _logger = logger;
        _failures = new((source, detail, count) => LogFailed(source, detail, count), time);
        Spans = new GatewaySpans(OnFailed);
        var options = new MeterOptions(TelemetryNames.Source) { Version = GatewaySpans.Version };
        Meter = Guarded.Read<Meter?>(logger, "The meter factory", () => meters?.Create(options), fallback: null)
            ?? new Meter(options);
        _executions = CreateCounter(TelemetryNames.Executions, "{execution}", "Executions that ended.");
        _duration = CreateHistogram(
            TelemetryNames.ExecutionDuration, "Time from sending the code to the kernel to the end of the execution.");
        _queueDuration = CreateHistogram(
            TelemetryNames.QueueDuration, "Time from submitting the code to sending it to the kernel.");
        _restarts = CreateCounter(
            TelemetryNames.KernelRestarts, "{restart}", "Kernels that have a new process under the same id.");
        _dropped = CreateCounter(TelemetryNames.DroppedMessages, "{message}", "Messages that were dropped.");
        _resumes = CreateCounter(
            TelemetryNames.WebSocketResumes, "{resume}", "Reconnects of WebSocket clients to their session.");
    }

    /// <summary>Gets the meter of the instruments.</summary>
    public Meter Meter { get; }

    /// <summary>Gets the spans.</summary>
    public GatewaySpans Spans { get; }

    /// <summary>Gets a value indicating whether the metrics of executions have a listener.</summary>
    public bool MeasuresExecutions => _executions.Enabled || _duration.Enabled || _queueDuration.Enabled;

    /// <summary>Creates the instruments whose values are read when they are collected.</summary>
    public void Observe(GatewayReadings readings)
    {
        Volatile.Write(ref _readings.Value, readings);
        ObserveValue(TelemetryNames.Contexts, "{context}", "Contexts.", one => one.Contexts());
        ObserveValue(TelemetryNames.WebSocketConnections, "{connection}", "WebSocket connections of Jupyter clients.", one => one.WebSocketConnections());
        ObserveValue(TelemetryNames.MemoryUsage, "By", "Memory that is counted against MaxMemory.", one => one.MemoryBytes());
        ObserveValue(TelemetryNames.JournalMemory, "By", "Output of executions in memory.", one => one.JournalMemoryBytes());
        ObserveValue(TelemetryNames.JournalSpill, "By", "Output of executions on the disk.", one => one.JournalSpillBytes());
        ObserveValues(TelemetryNames.Kernels, "{kernel}", "Kernels by state.", TelemetryNames.KernelState, one => one.KernelsByState());
        ObserveValues(
            TelemetryNames.ActiveExecutions, "{execution}", "Executions that wait or run.", TelemetryNames.ExecutionStatus, one => one.ExecutionsByStatus());
    }

    /// <summary>Counts the end of an execution.</summary>
    /// <param name="kernelName">The name of the kernelspec.</param>
    /// <param name="endReason">The published name of the reason.</param>
    /// <param name="queued">How long the code waited for the kernel.</param>
    /// <param name="ran">How long the kernel had it; null when it was never sent.</param>
    public void OnExecutionEnded(string kernelName, string endReason, TimeSpan queued, TimeSpan? ran)
    {
        try
        {
            var kernel = KeyValuePair.Create<string, object?>(TelemetryNames.KernelName, kernelName);
            var reason = KeyValuePair.Create<string, object?>(TelemetryNames.EndReason, endReason);
            _executions.Add(1, kernel, reason);
            _queueDuration.Record(queued.TotalSeconds, kernel);
            if (ran is { } duration) _duration.Record(duration.TotalSeconds, kernel, reason);
        }
        catch (Exception exception)
        {
            OnFailed(exception);
        }
    }

    /// <summary>Counts a new process of a kernel.</summary>
    public void OnKernelRestarted<TCause>(string kernelName, TCause cause)
        where TCause : struct, Enum
    {
        if (!_restarts.Enabled) return;
        Add(
            _restarts,
            1,
            new(TelemetryNames.KernelName, kernelName),
            new(TelemetryNames.RestartCause, TelemetryNames.ToName(cause)));
    }

    /// <summary>Counts messages that are dropped.</summary>
    public void OnMessageDropped<TReason>(DropStage stage, TReason reason, long count = 1)
        where TReason : struct, Enum
    {
        if (!_dropped.Enabled) return;
        Add(
            _dropped,
            count,
            new(TelemetryNames.DropStage, TelemetryNames.ToName(stage)),
            new(TelemetryNames.DropReason, TelemetryNames.ToName(reason)));
    }

    /// <summary>Counts a WebSocket client that came back to its session.</summary>
    public void OnWebSocketResumed()
    {
        if (_resumes.Enabled) Add(_resumes, 1);
    }

    /// <summary>
    /// Ends the instruments. Those of a host's factory exist as long as the host, and have no values from now on.
    /// </summary>
    public void Dispose()
    {
        Volatile.Write(ref _readings.Value, null);
        try
        {
            Meter.Dispose();
        }
        catch (Exception exception)
        {
            OnFailed(exception);
        }

        _failures.Close();
    }

    private void Add(Counter<long> counter, long count, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            counter.Add(count, tags);
        }
        catch (Exception exception)
        {
            OnFailed(exception);
        }
    }

    private Counter<long> CreateCounter(string name, string unit, string description) =>
        Create(name, meter => meter.CreateCounter<long>(name, unit, description));

    private Histogram<double> CreateHistogram(string name, string description) => Create(
        name,
        meter => meter.CreateHistogram(
            name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds }));

    private void ObserveValue(string name, string unit, string description, Func<GatewayReadings, long> read) =>
        ObserveAll(name, unit, description, readings => [new Measurement<long>(read(readings))]);

    private void ObserveValues(
        string name, string unit, string description, string attribute, Func<GatewayReadings, IReadOnlyDictionary<string, long>> read) =>
        ObserveAll(
            name,
            unit,
            description,
            readings => read(readings).Select(
                one => new Measurement<long>(one.Value, new KeyValuePair<string, object?>(attribute, one.Key))));

    private void ObserveAll(
        string name, string unit, string description, Func<GatewayReadings, IEnumerable<Measurement<long>>> read)
    {
        var box = _readings;
        Create(
            name,
            meter => meter.CreateObservableUpDownCounter<long>(
                name, () => Volatile.Read(ref box.Value) is { } readings ? read(readings) : [], unit, description));
    }

    private T Create<T>(string name, Func<Meter, T> create)
        where T : Instrument => Publication.CreateInstrument(Meter, name, () => create(Meter), OnFailed);

    private void OnFailed(Exception exception) => _failures.Add(TelemetryNames.Source, exception.Message);

    [LoggerMessage(3170, LogLevel.Warning,
        "A listener to the telemetry of {Source} failed. Failures since the last line about it: {Count}. The last one: {Problem}")]
    private partial void LogFailed(string source, string problem, long count);
}
