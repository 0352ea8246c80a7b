using System.Net;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace KernelGateway.Client.Http;

/// <summary>Which requests are sent again, and when.</summary>
/// <remarks>
/// A request that may be repeated is sent again after a lost connection, and after an answer of a proxy or server that cannot serve at the
/// moment (408, 502, 503, 504; <c>Retry-After</c> counts). Any other is sent again only if no connection was made, so that nothing was sent.
/// </remarks>
internal static class Retries
{
    /// <summary>Creates the pipeline for requests that may be repeated.</summary>
    public static ResiliencePipeline<HttpResponseMessage> CreateForRepeatable(HttpTransportOptions options) =>
        Create(options, static outcome => outcome.Exception is HttpRequestException or IOException || IsUnavailable(outcome.Result));

    /// <summary>Creates the pipeline for all other requests.</summary>
    public static ResiliencePipeline<HttpResponseMessage> CreateForUnsent(HttpTransportOptions options) =>
        Create(options, static outcome => WasNotSent(outcome.Exception));

    /// <summary>Returns whether a request failed before any of it was sent.</summary>
    public static bool WasNotSent(Exception? exception) => exception is HttpRequestException
    {
        HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError,
    };

    private static bool IsUnavailable(HttpResponseMessage? response) => response is
    {
        StatusCode: HttpStatusCode.RequestTimeout or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable
            or HttpStatusCode.GatewayTimeout,
    };

    private static ResiliencePipeline<HttpResponseMessage> Create(HttpTransportOptions options, Func<Outcome<HttpResponseMessage>, bool> isRepeated)
    {
        if (options.MaxRetries == 0) return ResiliencePipeline<HttpResponseMessage>.Empty;
        return new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = options.TimeProvider }
            .AddRetry(new HttpRetryStrategyOptions
            {
                MaxRetryAttempts = options.MaxRetries,
                Delay = options.RetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = arguments => ValueTask.FromResult(isRepeated(arguments.Outcome)),
            })
            .Build();
    }
}
