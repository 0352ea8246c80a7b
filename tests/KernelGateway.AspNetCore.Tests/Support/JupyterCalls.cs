using System.Net;
using FluentAssertions;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Tests.Support;

/// <summary>Calls of Jupyter's API that many tests make.</summary>
internal static class JupyterCalls
{
    /// <summary>Starts a kernel and returns its model.</summary>
    public static async Task<JObject> StartKernelAsync(this HttpClient client, CancellationToken cancellationToken, JObject? body = null)
    {
        using var response = await client.PostJsonAsync("/api/kernels", body ?? [], cancellationToken);
        return await response.ObjectAsync(HttpStatusCode.Created, cancellationToken);
    }

    /// <summary>Creates a session and returns its model.</summary>
    public static async Task<JObject> CreateSessionAsync(
        this HttpClient client, string path, CancellationToken cancellationToken, JObject? more = null)
    {
        var body = new JObject { ["path"] = path, ["type"] = "notebook" };
        if (more is not null) body.Merge(more);
        using var response = await client.PostJsonAsync("/api/sessions", body, cancellationToken);
        return await response.ObjectAsync(HttpStatusCode.Created, cancellationToken);
    }

    public static async Task<HttpResponseMessage> SendAsync(
        this HttpClient client, string method, string path, CancellationToken cancellationToken, JObject? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null) request.Content = new StringContent(body.ToString(), null, "application/json");
        return await client.SendAsync(request, cancellationToken);
    }

    /// <summary>Sends a GET request that must be answered with 200.</summary>
    public static async Task<JToken> GetTokenAsync(this HttpClient client, string path, CancellationToken cancellationToken)
    {
        using var response = await client.GetAsync(path, cancellationToken);
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        return await response.JsonAsync(cancellationToken);
    }

    public static async Task<JObject> ObjectAsync(this HttpResponseMessage response, HttpStatusCode status, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        response.StatusCode.Should().Be(status, text);
        return HttpCalls.Parse(text).Should().BeOfType<JObject>().Subject;
    }

    /// <summary>Asserts that a response is an error in Jupyter's form, and returns its message.</summary>
    public static async Task<string> ErrorAsync(
        this HttpResponseMessage response, HttpStatusCode status, string reason, CancellationToken cancellationToken)
    {
        var body = await response.ObjectAsync(status, cancellationToken);
        body.Properties().Select(property => property.Name).Should().Equal("message", "reason");
        body["reason"]!.Value<string>().Should().Be(reason);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        return body["message"]!.Value<string>()!;
    }

    public static string Id(this JToken model) => model["id"]!.Value<string>()!;
}
