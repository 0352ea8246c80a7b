using Newtonsoft.Json.Linq;

namespace KernelGateway.FunctionalTests.Clients.Channels;

/// <summary>A message that was received over a WebSocket.</summary>
internal sealed record ChannelMessage(string Channel, string Id, string Type, string? ParentId, JObject Content)
{
    /// <summary>Gets whether this is an idle status.</summary>
    public bool IsIdle => Type == "status" && (string?)Content["execution_state"] == "idle";

    public static ChannelMessage Create(string channel, JObject header, JObject parentHeader, JObject content) =>
        new(channel, (string)header["msg_id"]!, (string)header["msg_type"]!, (string?)parentHeader["msg_id"], content);
}
