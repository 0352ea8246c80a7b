using System.Text;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Scripting;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Tests.Support;

/// <summary>Changes messages of a scripted kernel and signs them again.</summary>
internal static class Tampering
{
    private const int Header = 2;
    private const int ParentHeader = 3;
    private const int Content = 5;

    public static Action<ScriptedKernel> OfHeader(Func<JupyterMessage, bool> isMeant, Action<JObject> change) =>
        Of(isMeant, Header, change);

    public static Action<ScriptedKernel> OfParent(string messageType, Action<JObject> change) =>
        Of(Type(messageType), ParentHeader, change);

    public static Action<ScriptedKernel> OfContent(string messageType, Action<JObject> change) =>
        Of(Type(messageType), Content, change);

    public static Action<ScriptedKernel> OfFrames(
        string messageType, Func<IReadOnlyList<ReadOnlyMemory<byte>>, IReadOnlyList<ReadOnlyMemory<byte>>> change) =>
        kernel => kernel.Tamper = sent => sent.Message.MessageType == messageType ? change(sent.Frames) : sent.Frames;

    public static Func<JupyterMessage, bool> Type(string messageType) => message => message.MessageType == messageType;

    /// <summary>Rewrites headers. The function gets the header and its parent header. The message is signed again.</summary>
    public static Func<OutgoingMessage, IReadOnlyList<ReadOnlyMemory<byte>>?> Rewrite(
        ScriptedKernel kernel, Func<JupyterMessage, bool> isMeant, Action<JObject, JObject> change) => sent =>
    {
        if (!isMeant(sent.Message)) return sent.Frames;
        var parent = Parse(sent.Message.RawParentHeader);
        return Change(kernel, sent, Header, header => change(header, parent));
    };

    private static Action<ScriptedKernel> Of(Func<JupyterMessage, bool> isMeant, int place, Action<JObject> change) => kernel =>
        kernel.Tamper = sent => isMeant(sent.Message) ? Change(kernel, sent, place, change) : sent.Frames;

    private static ReadOnlyMemory<byte>[] Change(ScriptedKernel kernel, OutgoingMessage sent, int place, Action<JObject> change)
    {
        ReadOnlyMemory<byte>[] frames = [.. sent.Frames];
        var start = Array.FindIndex(frames, frame => frame.Span.SequenceEqual(WireCodec.Delimiter));
        var value = Parse(frames[start + place]);
        change(value);
        frames[start + place] = Encoding.UTF8.GetBytes(value.ToString(Formatting.None));
        frames[start + 1] = kernel.ConnectionInfo.CreateSigner().Sign(frames[start + 2], frames[start + 3], frames[start + 4],
            frames[start + 5]);
        return frames;
    }

    // Dates stay strings.
    private static JObject Parse(ReadOnlyMemory<byte> json)
    {
        using var reader = new JsonTextReader(new StringReader(Encoding.UTF8.GetString(json.Span))) { DateParseHandling = DateParseHandling.None };
        return JObject.Load(reader);
    }
}
