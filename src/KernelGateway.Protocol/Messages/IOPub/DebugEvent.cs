using System.Text.Json;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages.IOPub;

/// <summary>Reports an event of the kernel's debugger.</summary>
/// <remarks>
/// Jupyter messaging 5.5, Debug request. The content as a whole is a message of the Debug Adapter Protocol and stays an object
/// model.
/// </remarks>
public sealed record DebugEvent : IMessageContent<DebugEvent>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.DebugEvent;

    /// <summary>Gets the protocol's Event: <c>type</c>, <c>seq</c>, <c>event</c>, <c>body</c>.</summary>
    public JObject Body { get; init; } = [];

    /// <inheritdoc/>
    public static DebugEvent Read(ReadOnlyMemory<byte> content) => new() { Body = new RawJson(content).AsObject() };

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        JsonTokens.Write(writer, Body);
    }
}
