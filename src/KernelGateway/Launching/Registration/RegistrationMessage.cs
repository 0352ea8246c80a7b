using System.Text;
using KernelGateway.Protocol.Wire;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Launching.Registration;

/// <summary>A kernel's registration, not yet known to be genuine.</summary>
/// <remarks>
/// JEP 66, as it arrives on the gateway's ROUTER, and its answer:
/// <code>
/// | routing id | &lt;IDS|MSG&gt; | signature of the content | content: {"kernel_id", "shell_port", ...} |
/// | routing id | &lt;IDS|MSG&gt; | signature of the content | ACK |
/// </code>
/// </remarks>
internal sealed record RegistrationMessage(
    IReadOnlyList<ReadOnlyMemory<byte>> RoutingPrefix, ReadOnlyMemory<byte> Signature, ReadOnlyMemory<byte> Content, string KernelId, RegisteredPorts Ports)
{
    // A registration has some 150 bytes.
    internal const int MaxContentBytes = 16 * 1024;

    private static readonly byte[] Delimiter = "<IDS|MSG>"u8.ToArray();
    private static readonly byte[] Acknowledgement = "ACK"u8.ToArray();

    /// <summary>Reads a message; null when it is not a registration. The bytes are borrowed from the frames.</summary>
    internal static RegistrationMessage? TryRead(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        // The delimiter is found by its content and not by its position: a kernel with a REQ-like socket puts an empty frame
        // before it.
        var index = 0;
        while (index < frames.Count && !frames[index].Span.SequenceEqual(Delimiter)) index++;
        if (index == 0 || frames.Count != index + 3 || frames[index + 2].Length > MaxContentBytes) return null;
        if (TryParse(frames[index + 2]) is not { } content) return null;
        if (content["kernel_id"] is not JValue { Value: string kernelId } || RegisteredPorts.TryRead(content) is not { } ports) return null;
        return new RegistrationMessage([.. frames.Take(index)], frames[index + 1], frames[index + 2], kernelId, ports);
    }

    internal bool IsGenuine(MessageSigner signer) => signer.Verify(Signature.Span, Content, default, default, default);

    /// <summary>Creates the answer, in its own memory.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> Acknowledge(MessageSigner signer) =>
    [
        .. RoutingPrefix.Select(frame => (ReadOnlyMemory<byte>)frame.ToArray()),
        Delimiter,
        signer.Sign(Acknowledgement, default, default, default),
        Acknowledgement,
    ];

    private static JObject? TryParse(ReadOnlyMemory<byte> content)
    {
        try
        {
            using var reader = new JsonTextReader(new StringReader(Encoding.UTF8.GetString(content.Span)))
            {
                DateParseHandling = DateParseHandling.None,
                MaxDepth = 8,
            };
            return JObject.Load(reader);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
