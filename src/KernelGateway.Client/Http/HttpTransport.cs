using System.Net.Http.Headers;
using System.Reflection;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;
using Polly;

namespace KernelGateway.Client.Http;

/// <summary>Sends requests: base address, headers, time limit, repetitions where they are safe, and errors as exceptions.</summary>
internal sealed class HttpTransport
{
    // Set if the request carries no other.
    private static readonly ProductInfoHeaderValue UserAgent = new("KernelGateway.Client", FindVersion());

    private readonly HttpTransportOptions _options;
    private readonly Uri _baseAddress;
    private readonly ResiliencePipeline<HttpResponseMessage> _safeRetries;
    private readonly ResiliencePipeline<HttpResponseMessage> _unsentRetries;

    public HttpTransport(HttpTransportOptions options)
    {
        _options = options;
        var address = options.BaseAddress.GetLeftPart(UriPartial.Path);
        _baseAddress = new Uri(address.EndsWith('/') ? address : address + '/');
        _safeRetries = Retries.CreateForRepeatable(options);
        _unsentRetries = Retries.CreateForUnsent(options);
    }

    /// <summary>Gets the address below which all paths are; it ends with a slash.</summary>
    public Uri BaseAddress => _baseAddress;

    /// <summary>Gets the clock.</summary>
    public TimeProvider TimeProvider => _options.TimeProvider;

    /// <summary>Sends a request. The answer's body has not been read; the caller disposes the answer.</summary>
    /// <exception cref="GatewayApiException">The answer has an error status.</exception>
    /// <exception cref="GatewayConnectionException">There was no answer.</exception>
    /// <exception cref="OperationCanceledException">The caller's token fired.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpCall call, CancellationToken cancellationToken)
    {
        var response = await SendAnyAsync(call, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode) return response;
        using (response) throw await ErrorAnswer.ReadAsync(response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a request and returns the answer whatever its status is.</summary>
    /// <exception cref="GatewayConnectionException">There was no answer.</exception>
    public async Task<HttpResponseMessage> SendAnyAsync(HttpCall call, CancellationToken cancellationToken)
    {
        var limit = call.Timeout ?? _options.RequestTimeout;
        using var expiry = new CancellationTokenSource(limit, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, expiry.Token);
        try
        {
            var retries = call.IsRepeatable ? _safeRetries : _unsentRetries;
            return await retries.ExecuteAsync(SendOnceAsync, call, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OperationCanceledException exception) when (expiry.IsCancellationRequested)
        {
            throw new GatewayConnectionException(
                $"The {_options.Peer} at {_baseAddress} did not answer within {limit.TotalSeconds:0.###} s.", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            throw Unreachable(exception);
        }
    }

    /// <summary>Sends a request and reads the answer as JSON.</summary>
    /// <exception cref="GatewayApiException">The answer has an error status, or is not JSON.</exception>
    public async Task<JToken> SendForJsonAsync(HttpCall call, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(call with { ReadsWhole = true }, cancellationToken).ConfigureAwait(false);
        var bytes = await ReadBytesAsync(response, cancellationToken).ConfigureAwait(false);
        try
        {
            return new RawJson(bytes).AsToken();
        }
        catch (MessageFormatException exception)
        {
            throw new GatewayApiException(
                response.StatusCode, null, $"The answer of {_baseAddress}{call.Path} is not JSON: is it a {_options.Peer}?", exception);
        }
    }

    /// <summary>Sends a request whose answer has no content of interest.</summary>
    /// <exception cref="GatewayApiException">The answer has an error status.</exception>
    public async Task SendForNothingAsync(HttpCall call, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(call with { ReadsWhole = true }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the whole body of an answer.</summary>
    /// <exception cref="GatewayConnectionException">The connection was lost before its end.</exception>
    public async Task<byte[]> ReadBytesAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Unreachable(exception);
        }
    }

    /// <summary>Creates the exception for a connection that could not be made or was lost.</summary>
    public GatewayConnectionException Unreachable(Exception exception) =>
        new($"The connection to the {_options.Peer} at {_baseAddress} failed: {exception.Message}", exception);

    private static string FindVersion() =>
        typeof(HttpTransport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    private async ValueTask<HttpResponseMessage> SendOnceAsync(HttpCall call, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(call.Method, new Uri(_baseAddress, call.Path)) { Content = call.Content?.Invoke() };
        foreach (var (name, value) in _options.Headers) request.Headers.TryAddWithoutValidation(name, value);
        foreach (var (name, value) in call.Headers) request.Headers.TryAddWithoutValidation(name, value);
        if (request.Headers.UserAgent.Count == 0 && _options.Http.DefaultRequestHeaders.UserAgent.Count == 0) request.Headers.UserAgent.Add(UserAgent);
        var completion = call.ReadsWhole ? HttpCompletionOption.ResponseContentRead : HttpCompletionOption.ResponseHeadersRead;
        return await _options.Http.SendAsync(request, completion, cancellationToken).ConfigureAwait(false);
    }
}
