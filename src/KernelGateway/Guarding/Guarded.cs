using Microsoft.Extensions.Logging;

namespace KernelGateway.Guarding;

/// <summary>Calls code of the host: observers, provisioners and their processes, clocks, callbacks.</summary>
/// <remarks>
/// Exceptions are logged and not rethrown. A call that does not return in time is logged and no longer waited for.
/// </remarks>
internal static partial class Guarded
{
    /// <summary>Calls; false when it threw.</summary>
    /// <param name="logger">Gets what it threw.</param>
    /// <param name="what">What was called, as the subject of a sentence.</param>
    /// <param name="call">The call.</param>
    public static bool Invoke(ILogger logger, string what, Action call)
    {
        try
        {
            call();
            return true;
        }
        catch (Exception exception)
        {
            LogFailed(logger, exception, what);
            return false;
        }
    }

    /// <summary>Reads a value; the fallback when that threw.</summary>
    public static T Read<T>(ILogger logger, string what, Func<T> read, T fallback)
    {
        try
        {
            return read();
        }
        catch (Exception exception)
        {
            LogFailed(logger, exception, what);
            return fallback;
        }
    }

    /// <summary>Calls and waits without a limit, for steps that have limits of their own; false when it threw.</summary>
    public static async Task<bool> InvokeAsync(ILogger logger, string what, Func<Task> call)
    {
        try
        {
            await call().ConfigureAwait(false);
            return true;
        }
        catch (Exception exception)
        {
            LogFailed(logger, exception, what);
            return false;
        }
    }

    /// <summary>Calls on a thread of the pool and waits for a limited time; false when it threw, or has not returned by then.</summary>
    /// <param name="logger">Gets what it threw, also later.</param>
    /// <param name="what">What is called, as the subject of a sentence.</param>
    /// <param name="limit">How long it is waited for.</param>
    /// <param name="time">The clock.</param>
    /// <param name="call">The call; it may block.</param>
    public static async Task<bool> InvokeAsync(ILogger logger, string what, TimeSpan limit, TimeProvider time, Func<Task> call)
    {
        // It never faults, so that nothing is left unobserved when it is no longer waited for.
        var calling = Task.Run(() => InvokeAsync(logger, what, call));
        if (await IsWithinAsync(calling, limit, time).ConfigureAwait(false)) return await calling.ConfigureAwait(false);
        LogNotReturned(logger, what, limit);
        return false;
    }

    /// <summary>Waits for a task for a limited time, whether it fails or not; false when it has not completed by then.</summary>
    public static async Task<bool> IsWithinAsync(Task task, TimeSpan limit, TimeProvider time)
    {
        if (task.IsCompleted) return true;
        try
        {
            await task.WaitAsync(limit, time).ConfigureAwait(false);
        }
        catch (Exception) when (task.IsCompleted)
        {
            // How it ended is its owner's concern.
        }
        catch (TimeoutException)
        {
            return false;
        }

        return true;
    }

    [LoggerMessage(3130, LogLevel.Error, "{What} failed. The gateway continues without it.")]
    public static partial void LogFailed(ILogger logger, Exception exception, string what);

    [LoggerMessage(3131, LogLevel.Warning, "{What} has not returned within {Limit}. The gateway no longer waits for it.")]
    private static partial void LogNotReturned(ILogger logger, string what, TimeSpan limit);
}
