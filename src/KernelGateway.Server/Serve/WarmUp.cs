using KernelGateway.Contexts;

namespace KernelGateway.Server.Serve;

/// <summary>Creates default contexts once the server listens, so that the first request finds a kernel and <c>/ready</c> becomes true.</summary>
internal sealed partial class WarmUp(
    IList<string> languages, Func<Gateway> gateway, IHostApplicationLifetime lifetime, ILogger<WarmUp> logger) : BackgroundService
{
    private const string None = "none";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (languages.Contains(None, StringComparer.OrdinalIgnoreCase)) return;
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        var contexts = gateway().Contexts;
        await Task.WhenAll(languages.DefaultIfEmpty(null).Select(language => CreateAsync(contexts, language, stoppingToken)));
    }

    private async Task CreateAsync(ContextManager contexts, string? language, CancellationToken stoppingToken)
    {
        try
        {
            await contexts.GetOrCreateDefaultAsync(language, stoppingToken);
        }
        catch (Exception exception) when (exception is KernelGatewayException or IOException or ArgumentException)
        {
            // The server is of use without it: other languages may work, and a kernel may be installed meanwhile.
            LogFailed(language ?? "default", exception.Message);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The server stops.
        }
    }

    [LoggerMessage(5201, LogLevel.Warning, "The default context of language {Language} could not be created: {Problem}")]
    private partial void LogFailed(string language, string problem);
}
