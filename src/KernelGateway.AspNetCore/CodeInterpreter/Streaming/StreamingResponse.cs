using KernelGateway.Executions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace KernelGateway.AspNetCore.CodeInterpreter.Streaming;

/// <summary>Starts a response that streams events.</summary>
internal static class StreamingResponse
{
    public const string MediaType = "application/x-ndjson";

    /// <summary>Sends status and headers at once, because clients have a time limit for them.</summary>
    public static async Task<ExecutionStream> OpenAsync(HttpContext context, Execution execution, bool detail, HttpSurface surface)
    {
        // No minimum data rate: the output of a client that stops reading is in the journal.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
        var response = context.Response;
        response.ContentType = MediaType;
        response.Headers["X-Execution-Id"] = execution.Id;
        response.Headers.CacheControl = "no-store";

        // Without this header nginx buffers the stream.
        response.Headers["X-Accel-Buffering"] = "no";
        await response.StartAsync(context.RequestAborted);

        var output = new LineBuffer(response.BodyWriter);
        await output.FlushAsync(context.RequestAborted);
        return new ExecutionStream(output, new EventLines(output, execution.Id, detail), surface.Options.KeepAliveInterval, surface.Time);
    }
}
