using KernelGateway.AspNetCore.Requests;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Common;

/// <summary>Reads the bodies of Jupyter clients; an absent body and <c>null</c> count as <c>{}</c>.</summary>
internal static class JupyterBody
{
    /// <summary>Reads the body; null when the request has been answered with an error.</summary>
    /// <remarks>
    /// Many clients (curl, Enterprise Gateway's client, JupyterLab without a token) send no JSON content type, and Jupyter's
    /// servers do not require one. A form of a web page could send such a body. It does not know the token, and its browser sends
    /// <c>Origin</c> or <c>Sec-Fetch-Site</c>, so the content type is required only for a page of another site when no token is
    /// needed.
    /// </remarks>
    public static Task<RequestBody?> ReadAsync(HttpSurface surface, HttpContext context, BodyShape shape) =>
        surface.Body.ReadAsync(
            context,
            shape,
            JupyterError.BadRequestAsync,
            emptyIsObject: true,
            anyType: surface.Options.Authentication == KernelGatewayAuthentication.Token || !MayComeFromAnotherSite(context.Request));

    // Every browser sends Origin with a POST of a page, and newer ones also Sec-Fetch-Site. Programs send neither.
    private static bool MayComeFromAnotherSite(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site ? site != "same-origin" : request.Headers.Origin.Count > 0;
}
