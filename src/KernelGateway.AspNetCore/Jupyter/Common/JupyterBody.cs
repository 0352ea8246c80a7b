using KernelGateway.AspNetCore.Requests;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Common;

/// <summary>Reads the bodies of Jupyter's clients; no body, and <c>null</c>, count as <c>{}</c>.</summary>
internal static class JupyterBody
{
    /// <summary>Reads the body; null when the request has been answered because of it.</summary>
    /// <remarks>
    /// Many clients (curl, Enterprise Gateway's own, JupyterLab's where it has no token) do not declare their JSON, and Jupyter's servers do not
    /// ask. The form of a web page could not be told from them by its body, but it does not know the token, and its browser says whose it is:
    /// only where neither helps the type is insisted on.
    /// </remarks>
    public static Task<RequestBody?> ReadAsync(HttpSurface surface, HttpContext context, BodyShape shape) =>
        surface.Body.ReadAsync(
            context,
            shape,
            JupyterError.BadRequestAsync,
            emptyIsObject: true,
            anyType: surface.Options.Authentication == KernelGatewayAuthentication.Token || !MayComeFromAnotherSite(context.Request));

    // Every browser sends an Origin with what a page posts, and the newer ones say how it relates to this server. Programs send neither.
    private static bool MayComeFromAnotherSite(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site ? site != "same-origin" : request.Headers.Origin.Count > 0;
}
