using KernelGateway.Sandboxes;

namespace KernelGateway.Client;

/// <summary>Gives requests their time limit, and failures of the connection a type of ours.</summary>
internal static class RequestTimer
{
    /// <summary>Runs a request.</summary>
    /// <param name="settings">The time limit and the clock.</param>
    /// <param name="name">What is asked for, for messages.</param>
    /// <param name="call">The request.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <exception cref="SandboxTimeoutException">The request took too long.</exception>
    /// <exception cref="SandboxRequestException">The connection failed.</exception>
    public static Task<T> RunAsync<T>(SandboxSettings settings, string name, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken) =>
        RunAsync(settings, isLimited: true, name, call, cancellationToken);

    /// <summary>Runs a request, with a time limit or without one.</summary>
    public static async Task<T> RunAsync<T>(
        SandboxSettings settings, bool isLimited, string name, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(isLimited ? settings.RequestTimeout : Timeout.InfiniteTimeSpan, settings.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await call(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            // A client that was handed in has a time limit of its own.
            var text = limit.IsCancellationRequested
                ? $"{settings.RequestTimeout.TotalSeconds:0.###} seconds, the RequestTimeout"
                : "the time limit of the HttpClient";
            throw new SandboxTimeoutException($"{name} was not answered within {text}.", innerException: exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or GatewayConnectionException)
        {
            throw new SandboxRequestException(
                SandboxError.Unavailable, $"{name} failed: {exception.Message}", (exception as HttpRequestException)?.StatusCode, innerException: exception);
        }
    }
}
