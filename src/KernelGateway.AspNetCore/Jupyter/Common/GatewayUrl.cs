using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Common;

/// <summary>Makes URL paths of the gateway's routes as the client of a request sees them.</summary>
internal static class GatewayUrl
{
    /// <summary>Gives the path of a route, with what stands before the gateway's routes: the application's base path, the group's prefix.</summary>
    /// <param name="request">A request that is being served.</param>
    /// <param name="served">How the request's own route begins, as in <c>/api/kernels</c>.</param>
    /// <param name="segments">The segments of the path that is wanted, not escaped.</param>
    public static string Of(HttpRequest request, string served, params IEnumerable<string> segments)
    {
        // Read off the request and not off the route: a prefix may have parameters.
        var path = request.Path.Value ?? "";
        var prefix = path[..Math.Max(0, path.LastIndexOf(served, StringComparison.OrdinalIgnoreCase))];
        var own = string.Concat(segments.Select(segment => "/" + Uri.EscapeDataString(segment)));
        return request.PathBase.Add(new PathString(prefix)).ToUriComponent() + own;
    }
}
