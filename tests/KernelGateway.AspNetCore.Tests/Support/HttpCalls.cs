using System.Net.Http.Headers;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Tests.Support;

/// <summary>HTTP calls that many tests make.</summary>
internal static class HttpCalls
{
    /// <summary>Posts JSON. The task completes with the headers of the response; the body is read as it arrives.</summary>
    public static Task<HttpResponseMessage> PostJsonAsync(
        this HttpClient client, string path, JToken body, CancellationToken cancellationToken) =>
        client.PostRawAsync(path, Encoding.UTF8.GetBytes(body.ToString(Formatting.None)), "application/json", cancellationToken);

    public static async Task<HttpResponseMessage> PostRawAsync(
        this HttpClient client, string path, byte[] body, string? mediaType, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        if (mediaType is not null) request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Posts code to <c>/execute</c> and returns the lines of the response.</summary>
    public static async Task<LineStream> ExecuteAsync(
        this HttpClient client, string code, CancellationToken cancellationToken, JObject? more = null)
    {
        var body = new JObject { ["code"] = code };
        if (more is not null) body.Merge(more);
        var response = await client.PostJsonAsync("/execute", body, cancellationToken);
        return new LineStream(response, await response.Content.ReadAsStreamAsync(cancellationToken));
    }

    public static async Task<LineStream> ReadEventsAsync(this HttpClient client, string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return new LineStream(response, await response.Content.ReadAsStreamAsync(cancellationToken));
    }

    public static async Task<JToken> JsonAsync(this HttpResponseMessage response, CancellationToken cancellationToken) =>
        Parse(await response.Content.ReadAsStringAsync(cancellationToken));

    /// <summary>Creates a context and returns its id.</summary>
    public static async Task<string> CreateContextAsync(this HttpClient client, CancellationToken cancellationToken, JObject? body = null)
    {
        using var response = await client.PostJsonAsync("/contexts", body ?? [], cancellationToken);
        return (string)(await response.EnsureSuccessStatusCode().JsonAsync(cancellationToken))["id"]!;
    }

    public static JToken Parse(string json)
    {
        using var reader = new JsonTextReader(new StringReader(json)) { DateParseHandling = DateParseHandling.None };
        return JToken.ReadFrom(reader);
    }
}
