using System.Text;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Conformance.Probing;

/// <summary>One multipart message of the kernel, as it came.</summary>
internal sealed record Sighting(
    KernelChannel Channel,
    IReadOnlyList<ReadOnlyMemory<byte>> Frames,
    int Delimiter,
    JupyterMessage? Message,
    bool IsSigned,
    DateTimeOffset At)
{
    /// <summary>Gets the type, or a description of a message without one.</summary>
    public string Type => Message?.MessageType ?? "(unreadable)";

    /// <summary>Gets the frame at a position after the delimiter: 1 is the signature, 5 the content.</summary>
    public ReadOnlyMemory<byte> Part(int place) => Frames[Delimiter + place];

    /// <summary>Gets the value of a status message, else null.</summary>
    public string? State => Type == MessageTypes.Status ? (string?)ContentOf("execution_state") : null;

    /// <summary>Gets a field of the content; null when the field is missing or the content cannot be read.</summary>
    public Newtonsoft.Json.Linq.JToken? ContentOf(string field) => Json.TryRead(Message?.RawContent ?? default)?[field];

    public override string ToString() => $"{Type} on {Channel.ToString().ToLowerInvariant()}";

    /// <summary>Shows a frame in a few characters.</summary>
    public static string Show(ReadOnlyMemory<byte> frame) =>
        frame.Length > 60 ? $"{Encoding.UTF8.GetString(frame.Span[..60])}... ({frame.Length} bytes)"
            : Encoding.UTF8.GetString(frame.Span);
}
