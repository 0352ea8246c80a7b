namespace KernelGateway.Server.Serve;

/// <summary>Serves <c>//execute</c> as <c>/execute</c>.</summary>
/// <remarks>The E2B SDKs put a path behind the URL they are given as it is, also when that ends with a slash.</remarks>
internal static class RepeatedSlashes
{
    /// <summary>Takes repeated slashes out of the path. It has to stand in front of routing.</summary>
    public static Task CollapseAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.Value is { } path && path.Contains("//", StringComparison.Ordinal))
        {
            var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
            context.Request.Path = $"/{string.Join('/', segments)}{(path.EndsWith('/') && segments.Length > 0 ? "/" : "")}";
        }

        return next(context);
    }
}
