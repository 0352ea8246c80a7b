namespace KernelGateway.Server.Serve;

/// <summary>Serves <c>//execute</c> as <c>/execute</c>.</summary>
/// <remarks>The E2B SDKs append a path to the configured URL even when the URL ends with a slash.</remarks>
internal static class RepeatedSlashes
{
    /// <summary>Removes repeated slashes from the path. It has to run before routing.</summary>
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
