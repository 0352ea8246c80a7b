using System.Text.Json;
using System.Text.Json.Nodes;

namespace KernelGateway.Mcp.Executions;

/// <summary>JSON as the protocol's types have it.</summary>
internal static class ToolJson
{
    public static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    public static JsonElement ToElement(JsonObject json) => Parse(json.ToJsonString());
}
