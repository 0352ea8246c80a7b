using System.Net.Http.Headers;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client.Http;

/// <summary>One request, which can be sent several times.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path and query below the base address, without a slash at the beginning.</param>
internal sealed record HttpCall(HttpMethod Method, string Path)
{
    /// <summary>Gets the creator of the body, which is called for each attempt; null for none.</summary>
    public Func<HttpContent>? Content { get; init; }

    /// <summary>Gets the headers of this request.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>Gets a value indicating whether sending it twice has the effect of sending it once.</summary>
    /// <value>GET, HEAD, PUT and DELETE by default. True for a POST with an idempotency key.</value>
    public bool IsRepeatable { get; init; } = Method != HttpMethod.Post && Method != HttpMethod.Patch;

    /// <summary>Gets a value indicating whether the body of the answer is read before the answer is returned; a loss of it is a loss of the answer.</summary>
    public bool ReadsWhole { get; init; }

    /// <summary>Gets how long the headers of the answer, or with <see cref="ReadsWhole"/> all of it, may take; null for the transport's time.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Returns the call with a body of JSON.</summary>
    public HttpCall WithJson(JToken body)
    {
        var bytes = Encoding.UTF8.GetBytes(body.ToString(Formatting.None));
        return this with { Content = () => CreateContent(bytes, "application/json") };
    }

    /// <summary>Creates a body of bytes.</summary>
    public static HttpContent CreateContent(byte[] bytes, string mediaType)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return content;
    }
}
