using System.Text.Json;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages.Control;

/// <summary>Is the answer of the kernel's debugger.</summary>
/// <remarks>
/// Jupyter messaging 5.5, Debug request. The content as a whole is a message of the Debug Adapter Protocol and stays an object
/// model.
/// </remarks>
public sealed record DebugReply : IMessageContent<DebugReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.DebugReply;

    /// <summary>
    /// Gets the protocol's Response: <c>type</c>, <c>request_seq</c>, <c>success</c>, <c>command</c>, <c>body</c>,
    /// <c>message</c>.
    /// </summary>
    public JObject Body { get; init; } = [];

    /// <inheritdoc/>
    public static DebugReply Read(ReadOnlyMemory<byte> content) => new() { Body = new RawJson(content).AsObject() };

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        JsonTokens.Write(writer, Body);
    }
}
