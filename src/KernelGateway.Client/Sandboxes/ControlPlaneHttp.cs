using System.Net;
using KernelGateway.Client.Connect;
using KernelGateway.Client.Http;
using KernelGateway.Sandboxes;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>An answer of the control plane.</summary>
/// <param name="Body">Its body; null when it has none.</param>
/// <param name="NextToken">Where the list goes on; null at its end.</param>
internal sealed record ControlPlaneAnswer(JToken? Body, string? NextToken);

/// <summary>Sends requests to the control plane (E2B wire API, C.1).</summary>
internal sealed class ControlPlaneHttp
{
    private readonly SandboxSettings _settings;
    private readonly HttpTransport _transport;

    public ControlPlaneHttp(SandboxSettings settings)
    {
        _settings = settings;
        List<(string Name, string Value)> headers = [.. settings.Headers.Concat(settings.ApiHeaders).Select(header => (header.Key, header.Value))];
        if (settings.ApiKey is { } key) headers.Add(("X-API-KEY", key));
        if (settings.AccessToken is { } token) headers.Add(("Authorization", $"Bearer {token}"));
        _transport = new HttpTransport(new HttpTransportOptions
        {
            Http = settings.Http,
            BaseAddress = new Uri(settings.ApiUrl),
            Peer = "control plane",
            Headers = headers,
            // The timer around it also covers the body.
            RequestTimeout = Timeout.InfiniteTimeSpan,
            MaxRetries = settings.MaxRetries,
            TimeProvider = settings.Time,
        });
    }

    /// <summary>Sends a request. One that was refused with 429 and a waiting time has done nothing, and is sent again after that time.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path and the query.</param>
    /// <param name="body">The body; null for none.</param>
    /// <param name="notFound">Makes the exception for status 404.</param>
    /// <param name="cancellationToken">Cancels the request, and the wait before it is sent again.</param>
    /// <exception cref="SandboxRequestException">It failed.</exception>
    public async Task<ControlPlaneAnswer> SendAsync(
        HttpMethod method, string path, JObject? body, Func<string, SandboxRequestException> notFound, CancellationToken cancellationToken)
    {
        // A second DELETE would be told that there is nothing to delete.
        var call = new HttpCall(method, path) { IsRepeatable = method == HttpMethod.Get || method == HttpMethod.Put };
        if (body is not null) call = call.WithJson(body);
        for (var retries = 0; ; retries++)
        {
            try
            {
                return await RequestTimer.RunAsync(
                    _settings, $"{method} {path.Split('?')[0]}", token => SendOnceAsync(call, notFound, token), cancellationToken).ConfigureAwait(false);
            }
            catch (SandboxRateLimitException exception) when (exception.RetryAfter is not null && retries < _settings.MaxRetries)
            {
                await Task.Delay(exception.RetryAfter.Value, _settings.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<ControlPlaneAnswer> SendOnceAsync(HttpCall call, Func<string, SandboxRequestException> notFound, CancellationToken cancellationToken)
    {
        using var response = await _transport.SendAnyAsync(call, cancellationToken).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode) throw ReadError(response, text, notFound);
        var next = response.Headers.TryGetValues("X-Next-Token", out var values) ? values.FirstOrDefault() : null;
        return new ControlPlaneAnswer(ReadBody(text), next is { Length: > 0 } ? next : null);
    }

    private static JToken? ReadBody(string text)
    {
        if (text.Length == 0) return null;
        try
        {
            return WireJson.Parse(text);
        }
        catch (JsonException exception)
        {
            throw new SandboxRequestException(
                SandboxError.Other,
                "The control plane has answered with something that is not JSON; ApiUrl may be the address of another service.",
                innerException: exception);
        }
    }

    private SandboxRequestException ReadError(HttpResponseMessage response, string text, Func<string, SandboxRequestException> notFound)
    {
        var body = WireJson.TryParseObject(text);
        var status = response.StatusCode;
        var message = body?.Text("message") ?? (text.Trim() is { Length: > 0 } plain ? plain : $"The answer is {(int)status} {response.ReasonPhrase}.");
        return FromStatus(status, message, body?.Text("error_code"), response.Headers.RetryAfter?.Delta, notFound);
    }

    /// <summary>Returns the exception for a status.</summary>
    public SandboxRequestException FromStatus(
        HttpStatusCode status, string message, string? code, TimeSpan? retryAfter, Func<string, SandboxRequestException> notFound) => status switch
        {
            HttpStatusCode.BadRequest => new SandboxArgumentException(message, status, code),
            HttpStatusCode.Unauthorized when _settings.ApiKey is null && _settings.AccessToken is null => new SandboxAuthenticationException(
                $"{message} (There is no API key: set E2B_API_KEY or SandboxClientOptions.ApiKey.)", status, code),
            HttpStatusCode.Unauthorized => new SandboxAuthenticationException(message, status, code),
            HttpStatusCode.Forbidden => new SandboxRequestException(SandboxError.PermissionDenied, message, status, code),
            HttpStatusCode.NotFound => notFound(message),
            HttpStatusCode.TooManyRequests => new SandboxRateLimitException(message, status, code, retryAfter),
            HttpStatusCode.ServiceUnavailable => new SandboxServiceBusyException(message, status, code),
            HttpStatusCode.GatewayTimeout => new SandboxTimeoutException(message, status, code),
            HttpStatusCode.InsufficientStorage => new NotEnoughSpaceException(message, status, code),
            HttpStatusCode.BadGateway => new SandboxRequestException(SandboxError.Unavailable, message, status, code),
            _ => new SandboxRequestException(SandboxError.Other, $"{(int)status}: {message}", status, code),
        };
}
