using System.Text.Json;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages.Control;

/// <summary>Asks the kernel's debugger.</summary>
/// <remarks>
/// Jupyter messaging 5.5, Debug request. The content as a whole is a message of the Debug Adapter Protocol and stays an object
/// model.
/// </remarks>
public sealed record DebugRequest : IMessageContent<DebugRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.DebugRequest;

    /// <summary>Gets the protocol's Request: <c>type</c>, <c>seq</c>, <c>command</c>, <c>arguments</c>.</summary>
    public JObject Body { get; init; } = [];

    /// <inheritdoc/>
    public static DebugRequest Read(ReadOnlyMemory<byte> content) => new() { Body = new RawJson(content).AsObject() };

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        JsonTokens.Write(writer, Body);
    }
}
