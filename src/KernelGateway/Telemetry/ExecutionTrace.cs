using System.Diagnostics;

namespace KernelGateway.Telemetry;

/// <summary>The times and the span of one execution.</summary>
/// <remarks>The calls for one execution may come from several threads. Only the first end counts.</remarks>
internal sealed class ExecutionTrace
{
    private const long NotSent = long.MinValue;

    private readonly GatewayTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly string _kernelName;
    private readonly long _submittedAt;
    private Activity? _span;
    private long _sentAt = NotSent;
    private int _hasEnded;

    /// <summary>Begins with an execution that is being submitted. The span has the current activity as its parent.</summary>
    public ExecutionTrace(GatewayTelemetry telemetry, TimeProvider time, string contextId, string executionId, string kernelName, string language)
    {
        _telemetry = telemetry;
        _time = time;
        _kernelName = kernelName;
        _submittedAt = time.GetTimestamp();
        _span = telemetry.Spans.StartExecution(contextId, executionId, kernelName, language);
    }

    /// <summary>Sets the name of the error that the code raised.</summary>
    public string? ErrorName { private get; set; }

    /// <summary>
    /// Records that the code goes to the kernel. Only the first time counts: a kernel may abort a request before it begins with
    /// it.
    /// </summary>
    /// <param name="launch">The span of the launch of the kernel's process; the default value when there is none.</param>
    /// <param name="processId">The process; null for a kernel that was attached.</param>
    public void NoteSent(ActivityContext launch, int? processId)
    {
        if (Interlocked.CompareExchange(ref _sentAt, _time.GetTimestamp(), NotSent) != NotSent || _span is not { IsAllDataRequested: true } span) return;
        var process = processId is { } id ? new ActivityTagsCollection { [TelemetryNames.ProcessId] = id } : null;
        span.AddEvent(new ActivityEvent(TelemetryNames.SentEvent, tags: process));
        if (launch != default) span.AddLink(new ActivityLink(launch, process));
    }

    /// <summary>Ends the span of code that was not accepted: it is not an execution.</summary>
    public void Refuse(Exception exception)
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) == 0) EndSpan(exception.GetType().Name);
    }

    /// <summary>Counts the end.</summary>
    /// <param name="reason">The published name of the reason.</param>
    /// <param name="isSuccess">Whether the code ran to its end.</param>
    /// <param name="stoppedBy">The published name of what stopped the code; null when nothing did.</param>
    public void End(string reason, bool isSuccess, string? stoppedBy)
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) != 0) return;
        if (_telemetry.MeasuresExecutions) Measure(reason);
        if (_span is not null) EndSpan(reason, isSuccess, stoppedBy);
    }

    private void Measure(string reason)
    {
        var sentAt = Volatile.Read(ref _sentAt);
        if (sentAt == NotSent) _telemetry.OnExecutionEnded(_kernelName, reason, _time.GetElapsedTime(_submittedAt), ran: null);
        else _telemetry.OnExecutionEnded(_kernelName, reason, _time.GetElapsedTime(_submittedAt, sentAt), _time.GetElapsedTime(sentAt));
    }

    private void EndSpan(string reason, bool isSuccess, string? stoppedBy) => EndSpan(isSuccess ? null : ErrorName ?? reason, span =>
    {
        span.SetTag(TelemetryNames.EndReason, reason);
        if (stoppedBy is not null) span.SetTag(TelemetryNames.StoppedBy, stoppedBy);
    });

    // The execution may be kept for long; its span is not.
    private void EndSpan(string? errorType, Action<Activity>? describe = null) =>
        _telemetry.Spans.End(Interlocked.Exchange(ref _span, null), errorType, describe);
}
