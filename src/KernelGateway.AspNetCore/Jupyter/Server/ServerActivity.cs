using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Server;

/// <summary>Records when the server started and when a Jupyter client last sent a request.</summary>
internal sealed class ServerActivity(TimeProvider time)
{
    private long _lastRequest;

    public DateTimeOffset Started { get; } = time.GetUtcNow();

    public DateTimeOffset LastRequest => new(Math.Max(Started.UtcTicks, Interlocked.Read(ref _lastRequest)), TimeSpan.Zero);

    /// <summary>Records a request, unless it is a status query or is marked as automatic.</summary>
    public void Note(HttpContext context)
    {
        var path = context.Request.Path.Value?.TrimEnd('/') ?? "";
        if (path.EndsWith("/api", StringComparison.OrdinalIgnoreCase) || path.EndsWith("/api/status", StringComparison.OrdinalIgnoreCase)) return;
        if (!context.Request.Query.ContainsKey("no_track_activity")) Interlocked.Exchange(ref _lastRequest, time.GetUtcNow().UtcTicks);
    }
}
