using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Server;

/// <summary>Knows when the server began to serve and when a Jupyter client last asked for something.</summary>
internal sealed class ServerActivity(TimeProvider time)
{
    private long _lastRequest;

    public DateTimeOffset Started { get; } = time.GetUtcNow();

    public DateTimeOffset LastRequest => new(Math.Max(Started.UtcTicks, Interlocked.Read(ref _lastRequest)), TimeSpan.Zero);

    /// <summary>Notes a request, unless it is one that only looks, or says of itself that it is nobody's doing.</summary>
    public void Note(HttpContext context)
    {
        var path = context.Request.Path.Value?.TrimEnd('/') ?? "";
        if (path.EndsWith("/api", StringComparison.OrdinalIgnoreCase) || path.EndsWith("/api/status", StringComparison.OrdinalIgnoreCase)) return;
        if (!context.Request.Query.ContainsKey("no_track_activity")) Interlocked.Exchange(ref _lastRequest, time.GetUtcNow().UtcTicks);
    }
}
