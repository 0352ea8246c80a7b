using System.Diagnostics;

namespace KernelGateway.Telemetry;

/// <summary>The spans of a gateway. Without a listener there is none, and nothing is allocated.</summary>
/// <remarks>
/// A span is never the current activity: it lives longer than the request that caused it, and loops of the gateway that are
/// started during that time must not have it as their parent.
/// </remarks>
internal sealed class GatewaySpans
{
    /// <summary>The version of the gateway.</summary>
    public static readonly string Version = typeof(GatewaySpans).Assembly.GetName().Version!.ToString(3);

    // Shared by the gateways of the process, as its listeners are.
    private static readonly (ActivitySource Source, Exception? Failure) Published =
        Publication.CreateSource(TelemetryNames.Source, Version);

    private readonly Action<Exception> _failed;

    /// <summary>Creates the spans of a gateway.</summary>
    /// <param name="failed">Is told when a listener fails.</param>
    public GatewaySpans(Action<Exception> failed)
    {
        _failed = failed;
        if (Published.Failure is { } failure) failed(failure);
    }

    private static ActivitySource Source => Published.Source;

    /// <summary>Starts the span of an execution; null when it is not recorded.</summary>
    public Activity? StartExecution(string contextId, string executionId, string kernelName, string language) => !Source.HasListeners()
        ? null
        : Start(
            $"execute {kernelName}",
            [
                new(TelemetryNames.ContextId, contextId),
                new(TelemetryNames.ExecutionId, executionId),
                new(TelemetryNames.KernelName, kernelName),
                new(TelemetryNames.Language, language),
            ]);

    /// <summary>
    /// Starts the span of a process that is started or adopted, until it is ready; null when it is not recorded.
    /// </summary>
    public Activity? StartProcess(string operation, string kernelId, string kernelName) => !Source.HasListeners()
        ? null
        : Start($"{operation} {kernelName}", [new(TelemetryNames.ContextId, kernelId), new(TelemetryNames.KernelName, kernelName)]);

    /// <summary>Ends a span.</summary>
    /// <param name="span">The span; null for none.</param>
    /// <param name="errorType">The kind of failure, as one word; null when nothing failed.</param>
    /// <param name="describe">Adds to it before.</param>
    public void End(Activity? span, string? errorType = null, Action<Activity>? describe = null)
    {
        if (span is null) return;
        var current = Activity.Current;
        try
        {
            describe?.Invoke(span);
            if (errorType is not null)
            {
                span.SetTag(TelemetryNames.ErrorType, errorType);
                span.SetStatus(ActivityStatusCode.Error, errorType);
            }

            span.Dispose();
        }
        catch (Exception exception)
        {
            _failed(exception);
        }
        finally
        {
            // The end of a span makes current what was current when it started.
            SetCurrent(current);
        }
    }

    private Activity? Start(string name, KeyValuePair<string, object?>[] tags)
    {
        var current = Activity.Current;
        try
        {
            var parent = FindParent(current);
            SetCurrent(null);
            return Source.StartActivity(name, ActivityKind.Internal, parent, tags);
        }
        catch (Exception exception)
        {
            _failed(exception);
            return null;
        }
        finally
        {
            SetCurrent(current);
        }
    }

    private void SetCurrent(Activity? activity)
    {
        try
        {
            Activity.Current = activity;
        }
        catch (Exception exception)
        {
            // A handler of Activity.CurrentChanged; the activity is current already.
            _failed(exception);
        }
    }

    // ASP.NET Core creates an activity for each request even if requests are not recorded; it has no source then. No backend
    // would ever see such
    // a parent, so the parent is the caller's span.
    private static ActivityContext FindParent(Activity? current)
    {
        if (current is null) return default;
        if (current.Source.Name.Length > 0 || current.Parent is not null) return current.Context;
        return ActivityContext.TryParse(current.ParentId, current.TraceStateString, isRemote: true, out var caller) ? caller : default;
    }
}
