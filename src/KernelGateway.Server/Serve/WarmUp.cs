using KernelGateway.Contexts;

namespace KernelGateway.Server.Serve;

/// <summary>Creates default contexts once the server listens, so that the first request finds a kernel and <c>/ready</c> becomes true.</summary>
/// <param name="languages">The requested languages; empty for the default one.</param>
/// <param name="gateway">Gives the gateway.</param>
/// <param name="lifetime">Signals when the server listens.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class WarmUp(
    IList<string> languages, Func<Gateway> gateway, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<WarmUp> logger) : BackgroundService
{
    public const string None = "none";

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private int _missing = languages.Count(language => !IsNone(language));

    /// <summary>Gets a value indicating whether the kernels of all requested languages have answered.</summary>
    /// <remarks>The default language does not count: the server is useful for other languages when it is not installed.</remarks>
    public bool IsDone => Volatile.Read(ref _missing) == 0;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (languages.Any(IsNone)) return;
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // The server could not listen; an exception here would be reported as a second failure.
        if (stoppingToken.IsCancellationRequested) return;
        var contexts = gateway().Contexts;
        await Task.WhenAll(languages.DefaultIfEmpty(null).Select(language => CreateAsync(contexts, language, stoppingToken)));
    }

    private static bool IsNone(string language) => language.Equals(None, StringComparison.OrdinalIgnoreCase);

    // Retried: a kernel may be installed later, and /ready waits for it.
    private async Task CreateAsync(ContextManager contexts, string? language, CancellationToken stoppingToken)
    {
        try
        {
            for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
            {
                if (await TryCreateAsync(contexts, language, isFirst: pause == FirstPause, stoppingToken)) break;
                await Task.Delay(pause, time, stoppingToken);
            }

            if (language is not null) Interlocked.Decrement(ref _missing);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The server stops.
        }
    }

    private async Task<bool> TryCreateAsync(ContextManager contexts, string? language, bool isFirst, CancellationToken stoppingToken)
    {
        try
        {
            await contexts.GetOrCreateDefaultAsync(language, stoppingToken);
            return true;
        }
        catch (Exception exception) when (exception is KernelGatewayException or IOException or ArgumentException)
        {
            // The server is useful without it: other languages may work.
            if (isFirst) LogFailed(language ?? "default", exception.Message);
            return false;
        }
    }

    [LoggerMessage(5201, LogLevel.Warning, "The default context of language {Language} could not be created; it will be retried. {Problem}")]
    private partial void LogFailed(string language, string problem);
}
