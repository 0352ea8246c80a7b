using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Security;

/// <summary>
/// A route that pages of all origins may call, when a token is required: they cannot know it unless they were given it, or a URL
/// that is signed with it.
/// </summary>
/// <param name="Methods">The allowed methods, in the answer to a preflight request.</param>
/// <param name="ExposedHeaders">The response headers that pages can read.</param>
/// <param name="PreflightSeconds">How long browsers keep the answer to a preflight request.</param>
internal sealed record OpenOrigins(string Methods, string ExposedHeaders, string PreflightSeconds)
{
    /// <summary>Writes the CORS headers.</summary>
    public void Admit(HttpRequest request, HttpResponse response)
    {
        if (request.Headers.Origin.Count == 0) return;
        response.Headers.AccessControlAllowOrigin = "*";
        response.Headers.AccessControlExposeHeaders = ExposedHeaders;
    }
}
