using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Requests;

/// <summary>A request body that was read, and the memory it is counted with until it is disposed.</summary>
/// <param name="json">What was kept of it.</param>
/// <param name="memory">What it is counted with; null for none.</param>
internal sealed class RequestBody(JObject json, BodyMemory? memory) : IDisposable
{
    public JObject Json => json;

    public void Dispose() => memory?.Dispose();
}
