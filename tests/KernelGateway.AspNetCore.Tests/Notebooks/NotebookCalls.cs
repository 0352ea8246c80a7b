using System.Net.Http.Headers;
using System.Text;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Tests.Notebooks;

/// <summary>Requests to run notebooks.</summary>
internal static class NotebookCalls
{
    public const string Route = "/api/notebooks/execute";

    public static JObject Body(params string[] sources) => new()
    {
        ["notebook"] = new JObject
        {
            ["cells"] = new JArray(sources.Select(source => new JObject
            {
                ["cell_type"] = "code", ["execution_count"] = null, ["metadata"] = new JObject(), ["outputs"] = new JArray(), ["source"] = source,
            })),
            ["metadata"] = new JObject(),
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        },
    };

    public static HttpRequestMessage Request(JToken body, string query, string? accept = null, string mediaType = "application/json")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Route + query)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToString(Formatting.None))),
        };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        if (accept is not null) request.Headers.Accept.ParseAdd(accept);
        return request;
    }

    public static async Task<JObject> RunAsync(GatewayServer server, JObject body, CancellationToken cancellationToken)
    {
        using var response = await server.Client.PostJsonAsync(Route, body, cancellationToken);
        return (JObject)await response.EnsureSuccessStatusCode().JsonAsync(cancellationToken);
    }
}
