using KernelGateway.Executions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace KernelGateway.AspNetCore.CodeInterpreter.Streaming;

/// <summary>Opens a response that carries events for as long as it takes.</summary>
internal static class StreamingResponse
{
    public const string MediaType = "application/x-ndjson";

    /// <summary>Sends status and headers at once: the clients' timer for them runs while the kernel computes, or the queue waits.</summary>
    public static async Task<ExecutionStream> OpenAsync(HttpContext context, Execution execution, bool detail, HttpSurface surface)
    {
        // A client that stops reading is waited for: its output lies in the journal, not in our memory.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
        var response = context.Response;
        response.ContentType = MediaType;
        response.Headers["X-Execution-Id"] = execution.Id;
        response.Headers.CacheControl = "no-store";

        // Proxies of the nginx family hold streams back otherwise.
        response.Headers["X-Accel-Buffering"] = "no";
        await response.StartAsync(context.RequestAborted);

        var output = new LineBuffer(response.BodyWriter);
        await output.FlushAsync(context.RequestAborted);
        return new ExecutionStream(output, new EventLines(output, execution.Id, detail), surface.Options.KeepAliveInterval, surface.Time);
    }
}
