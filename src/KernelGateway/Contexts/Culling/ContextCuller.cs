using System.Globalization;
using KernelGateway.Guarding;
using KernelGateway.Kernels;
using Microsoft.Extensions.Logging;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Contexts.Culling;

/// <summary>
/// Removes contexts that have been idle for too long. One timer serves all of them; it does not exist when culling is off.
/// </summary>
internal sealed partial class ContextCuller(ContextManager contexts, CullingOptions options, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const string TimeoutMetadata = "cull_idle_timeout";

    private readonly ILogger _logger = logger;
    private ITimer? _timer;
    private Task _looking = Task.CompletedTask;      // Replaced by the timer only, whose calls do not overlap: each sets the next one.

    public void Start()
    {
        if (options.IdleTimeout <= TimeSpan.Zero) return;
        using (ExecutionContext.SuppressFlow()) _timer = time.CreateTimer(_ => _looking = LookAsync(), null, Interval, Timeout.InfiniteTimeSpan);
    }

    public async ValueTask DisposeAsync()
    {
        if (_timer is null) return;
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _looking.ConfigureAwait(false);
    }

    private TimeSpan Interval => options.Interval < options.IdleTimeout ? options.Interval : options.IdleTimeout;

    private async Task LookAsync()
    {
        try
        {
            await Task.WhenAll(contexts.List().Select(CullIfIdleAsync)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // A failure with one kernel must not keep others from being culled.
            LogFailed(exception);
        }

        Guarded.Invoke(_logger, "Setting the timer of the culling", () => _timer!.Change(Interval, Timeout.InfiniteTimeSpan));
    }

    private async Task CullIfIdleAsync(CodeContext context)
    {
        if (context.Kernel.IsAttached) return;
        var timeout = TimeoutOf(context);
        var idle = context.Kernel.Activity.IdleTime;
        if (timeout <= TimeSpan.Zero || idle < timeout || IsInUse(context)) return;

        var seconds = Math.Floor(idle.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (!await contexts.TryRetireAsync(context, options.CullsBusy, $"was culled after {seconds} s without activity").ConfigureAwait(false)) return;
        LogCulled(context.Id, seconds);
    }

    // A dead kernel is not in use. A restart counts as use from then on.
    private bool IsInUse(CodeContext context)
    {
        if (context.Kernel.State == KernelState.Dead) return false;
        var activity = context.Kernel.Activity;
        return (activity.IsBusy && !options.CullsBusy) || (activity.Connections > 0 && !options.CullsConnected);
    }

    private TimeSpan TimeoutOf(CodeContext context)
    {
        var own = context.Kernel.Spec?.Metadata[TimeoutMetadata];
        if (own is not { Type: JTokenType.Integer or JTokenType.Float }) return options.IdleTimeout;
        var seconds = (double)own;
        return seconds > 0 ? TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.MaxValue.TotalSeconds / 2)) : TimeSpan.Zero;
    }

    [LoggerMessage(4021, LogLevel.Information, "Context {ContextId} was culled after {Seconds} s without activity.")]
    private partial void LogCulled(string contextId, string seconds);

    [LoggerMessage(4022, LogLevel.Error, "An idle context could not be culled.")]
    private partial void LogFailed(Exception exception);
}
