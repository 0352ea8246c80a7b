using System.Diagnostics;
using KernelGateway.Testing;

namespace KernelGateway.Tests.Telemetry;

/// <summary>Records the spans of all gateways. Tests select those of their own context.</summary>
internal sealed class RecordedSpans : IDisposable
{
    private readonly ActivityListener _listener;

    /// <param name="source">An additional source to record.</param>
    public RecordedSpans(string source = "")
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = one => one.Name == "KernelGateway" || one.Name == source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = Started.Add,
            ActivityStopped = Ended.Add,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public AwaitableLog<Activity> Started { get; } = new();

    public AwaitableLog<Activity> Ended { get; } = new();

    /// <summary>Waits for an ended span of a context, selected by the first word of its name.</summary>
    public Task<Activity> WaitForAsync(string operation, string contextId, CancellationToken cancellationToken, int number = 1) =>
        Ended.WaitForAsync(span => Is(span, operation, contextId), number, cancellationToken);

    public bool HasEnded(string operation, string contextId) => Ended.Items.Any(span => Is(span, operation, contextId));

    public void Dispose() => _listener.Dispose();

    private static bool Is(Activity span, string operation, string contextId) =>
        span.DisplayName.StartsWith(operation + " ", StringComparison.Ordinal) && (string?)span.GetTagItem("kernelgateway.context.id") == contextId;
}
