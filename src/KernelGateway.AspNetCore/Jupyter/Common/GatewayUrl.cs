using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Common;

/// <summary>Creates URL paths of the gateway's routes as a client sees them.</summary>
internal static class GatewayUrl
{
    /// <summary>Returns the path of a route, including the application's base path and the prefix of the group.</summary>
    /// <param name="request">A request that is being served.</param>
    /// <param name="served">The start of the request's own route, as in <c>/api/kernels</c>.</param>
    /// <param name="segments">The segments of the path, not escaped.</param>
    public static string Create(HttpRequest request, string served, params IEnumerable<string> segments)
    {
        // Taken from the request and not from the route: a prefix may have parameters.
        var path = request.Path.Value ?? "";
        var prefix = path[..Math.Max(0, path.LastIndexOf(served, StringComparison.OrdinalIgnoreCase))];
        var own = string.Concat(segments.Select(segment => "/" + Uri.EscapeDataString(segment)));
        return request.PathBase.Add(new PathString(prefix)).ToUriComponent() + own;
    }
}
