using KernelGateway.AspNetCore.Envd.Common;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.SandboxServices;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Envd.Machine;

/// <summary><c>/envs</c> and <c>/metrics</c>.</summary>
internal sealed class MachineEndpoints(HttpSurface surface, LocalSandbox sandbox)
{
    private const int BytesPerMebibyte = 1 << 20;

    /// <summary>Begins to measure the use of processors, so that the first answer has a value.</summary>
    public void StartMeasuring() => _ = sandbox.Metrics;

    public Task ShowVariablesAsync(HttpContext context) => JsonAnswer.WriteTokenAsync(
        context, StatusCodes.Status200OK, JObject.FromObject(surface.Gateway.Variables.Current));

    public Task ShowMetricsAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            var reading = sandbox.Metrics.Read();
            return JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new MetricsBody(
                reading.Time.ToUnixTimeSeconds(),
                reading.ProcessorCount,
                reading.ProcessorUsePercent,
                reading.MemoryTotalBytes,
                reading.MemoryUsedBytes,
                reading.MemoryCacheBytes,
                reading.DiskTotalBytes,
                reading.DiskUsedBytes,
                reading.MemoryTotalBytes / BytesPerMebibyte,
                reading.MemoryUsedBytes / BytesPerMebibyte));
        }
        catch (IOException exception)
        {
            return EnvdError.WriteAsync(context, StatusCodes.Status500InternalServerError, $"error reading metrics: {exception.Message}");
        }
    }
}
