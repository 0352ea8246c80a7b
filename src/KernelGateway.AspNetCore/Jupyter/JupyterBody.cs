using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter;

/// <summary>Reads the bodies of Jupyter's clients; no body counts as <c>{}</c>.</summary>
internal static class JupyterBody
{
    /// <summary>Reads the body; null when the request has been answered because of it.</summary>
    /// <remarks>
    /// Many clients (curl, Enterprise Gateway's own) do not declare their JSON, and Jupyter's servers do not ask. A web page's form could not
    /// be told from them, but does not know the token either: only where there is none the type is insisted on.
    /// </remarks>
    public static Task<JObject?> ReadAsync(HttpSurface surface, HttpContext context) =>
        surface.Body.ReadAsync(
            context,
            JupyterError.BadRequestAsync,
            emptyIsObject: true,
            anyType: surface.Options.Authentication == KernelGatewayAuthentication.Token);
}
