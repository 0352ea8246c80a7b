using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client.Connect;

/// <summary>Calls methods of the Connect protocol with JSON: unary ones and server streams.</summary>
/// <param name="http">Sends requests.</param>
/// <param name="createRequest">Makes a request for a path, with the headers that all requests have.</param>
/// <param name="time">The clock of deadlines.</param>
internal sealed class ConnectClient(HttpClient http, Func<HttpMethod, string, HttpRequestMessage> createRequest, TimeProvider time)
{
    /// <summary>The interval of keepalives that the server is asked for, in seconds: below the idle limits of proxies.</summary>
    public const int KeepaliveSeconds = 50;

    private const string JsonType = "application/json";
    private const string StreamType = "application/connect+json";

    // Three keepalives are missing then.
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(3 * KeepaliveSeconds);

    // The server's own answer, which comes at the deadline, is worth waiting for: it has ended the call by itself.
    private static readonly TimeSpan DeadlineGrace = TimeSpan.FromSeconds(2);

    /// <summary>Calls a method that answers with one message.</summary>
    /// <exception cref="ConnectException">The server refused it.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached.</exception>
    public async Task<JObject> CallAsync(string method, JObject message, string? user, CancellationToken cancellationToken)
    {
        using var request = NewRequest(method, WireJson.ToBytes(message), JsonType, user);
        using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK) throw Refusal(response.StatusCode, text);
        return WireJson.TryParseObject(text) ?? throw new ConnectException("unknown", $"the answer to {method} is not a JSON object");
    }

    /// <summary>Calls a method that answers with a stream of messages; returns when the headers of the answer have come.</summary>
    /// <param name="method">Service and method.</param>
    /// <param name="message">The request.</param>
    /// <param name="user">The user in the sandbox; null for the default one.</param>
    /// <param name="timeout">How long the stream may last; null for no limit.</param>
    /// <param name="cancellationToken">Cancels the call until the headers have come.</param>
    /// <exception cref="ConnectException">The server refused it.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached.</exception>
    public async Task<ConnectStream> OpenAsync(string method, JObject message, string? user, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        using var request = NewRequest(method, EnvelopeReader.Wrap(WireJson.ToBytes(message)), StreamType, user);
        request.Headers.TryAddWithoutValidation("Keepalive-Ping-Interval", KeepaliveSeconds.ToString(CultureInfo.InvariantCulture));
        if (timeout is { } limit)
            request.Headers.TryAddWithoutValidation("Connect-Timeout-Ms", Math.Ceiling(limit.TotalMilliseconds).ToString("0", CultureInfo.InvariantCulture));
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        try
        {
            if (response.StatusCode != HttpStatusCode.OK)
                throw Refusal(response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
            if (response.Content.Headers.ContentType?.MediaType is not StreamType and var type)
                throw new ConnectException("unknown", $"the answer to {method} is not a stream of JSON messages but '{type}'");
            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var deadline = timeout is null ? null : new CancellationTokenSource(timeout.Value + DeadlineGrace, time);
            return new ConnectStream(response, body, SilenceLimit, deadline, time);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static ConnectException Refusal(HttpStatusCode status, string text)
    {
        var body = WireJson.TryParseObject(text);
        return new ConnectException(body?.Text("code") ?? ConnectException.CodeOf(status), body?.Text("message") ?? text.Trim(), status);
    }

    private HttpRequestMessage NewRequest(string method, byte[] body, string type, string? user)
    {
        var request = createRequest(HttpMethod.Post, method);
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        request.Headers.TryAddWithoutValidation("Connect-Protocol-Version", "1");
        if (user is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{user}:")));
        return request;
    }
}
