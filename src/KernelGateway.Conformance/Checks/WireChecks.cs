using System.Text;
using System.Text.Json;
using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>The frames of a message.</summary>
internal static class WireChecks
{
    private const int SignedParts = 4;
    private static readonly string[] PartNames = ["header", "parent_header", "metadata", "content"];
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static IEnumerable<Check> All =>
    [
        Check.Create("wire.delimiter", "Delimiter", "Every message has the frame <IDS|MSG> between routing prefix and signature.",
            Sections.Wire,
            (context, token) => EachAsync(context, one => one.Delimiter < 0 ? $"no delimiter in {one.Frames.Count} frames" : null,
                token)),
        Check.Create("wire.frames", "Number of frames",
            "Signature, header, parent header, metadata and content follow the delimiter.", Sections.Wire,
            (context, token) => EachAsync(
                context, one => HasParts(one) ? null : $"{one.Frames.Count - one.Delimiter - 1} frames behind the delimiter",
                    token)),
        Check.Create("wire.topic", "Topic", "A published message has at most one frame, its topic, before the delimiter.",
            Sections.Wire,
            (context, token) => EachAsync(context, one => one.Delimiter > 1 ? $"{one.Delimiter} frames before the delimiter"
                : null, token, KernelChannel.IOPub)),
        Check.Create("wire.routing-prefix", "Routing prefix of replies",
            "A reply carries the requester's routing id once, so that nothing of it is left.", Sections.Wire,
            (context, token) => EachAsync(context, one => one.Delimiter > 0 ? $"{one.Delimiter} frames before the delimiter"
                : null, token, KernelChannel.Shell)),
        Check.Create("wire.utf8", "UTF-8", "The four signed frames are UTF-8 without byte order mark and NUL.", Sections.Wire,
            (context, token) => EachAsync(context, one => Parts(one, IsBadText, "is not valid UTF-8"), token)),
        Check.Create("wire.json", "JSON objects", "Header, parent header, metadata and content are JSON objects.", Sections.Wire,
            (context, token) => EachAsync(context, one => Parts(one, IsNoObject, "is not a JSON object"), token)),
        Check.Create("wire.buffers-ignored", "Extra buffers in a request", "Raw buffers that a request has no use for are ignored.",
            Sections.Wire, BuffersAsync),
        Check.Create("wire.no-buffers", "No buffers of its own", "The messages of the specification carry no raw buffers.",
            Sections.Wire,
            (context, token) => EachAsync(
                context, one => one.Message?.Buffers.Count > 0 ? $"{one.Type} with {one.Message.Buffers.Count} buffers" : null,
                    token)),
        Check.Create("wire.malformed", "Too few frames", "A message of too few frames is dropped; the kernel goes on.", Sections.Wire,
            MalformedAsync, isDestructive: true),
    ];

    private static bool HasParts(Sighting one) => one.Delimiter >= 0 && one.Frames.Count - one.Delimiter - 1 > SignedParts;

    private static async Task<Verdict> EachAsync(
        CheckContext context, Func<Sighting, string?> fault, CancellationToken cancellationToken, KernelChannel? channel = null)
    {
        var survey = await context.SurveyAsync(cancellationToken).ConfigureAwait(false);
        var messages = survey.Sightings.Where(one => channel is null || one.Channel == channel).ToList();
        return Verdict.ForEach(messages, fault, "messages");
    }

    private static string? Parts(Sighting one, Func<ReadOnlyMemory<byte>, bool> isBad, string what)
    {
        if (!HasParts(one)) return "too few frames";
        for (var i = 0; i < SignedParts; i++)
        {
            if (isBad(one.Part(i + 2))) return $"the {PartNames[i]} of {one.Type} {what}: {Sighting.Show(one.Part(i + 2))}";
        }

        return null;
    }

    private static bool IsBadText(ReadOnlyMemory<byte> frame)
    {
        if (frame.Span.StartsWith("\uFEFF"u8) || frame.Span.Contains((byte)0)) return true;
        try
        {
            StrictUtf8.GetCharCount(frame.Span);
            return false;
        }
        catch (DecoderFallbackException)
        {
            return true;
        }
    }

    private static bool IsNoObject(ReadOnlyMemory<byte> frame)
    {
        try
        {
            using var document = JsonDocument.Parse(frame);
            return document.RootElement.ValueKind != JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return true;
        }
    }

    private static async Task<Verdict> BuffersAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var request = JupyterMessage.Create(
            context.Probe.Factory.CreateHeader(MessageTypes.ExecuteRequest), null, Contents.Execute(""), null,
            [new byte[] { 1, 2, 3 }, ReadOnlyMemory<byte>.Empty]);
        var exchange = await context.Probe.SendAsync(KernelChannel.Shell, request, cancellationToken).ConfigureAwait(false);
        await context.CompleteAsync(exchange, cancellationToken).ConfigureAwait(false);
        return Verdict.When(exchange.Status == "ok", exchange.Describe());
    }

    private static async Task<Verdict> MalformedAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var probe = context.Probe;
        var request = probe.CreateRequest(MessageTypes.KernelInfoRequest, new JObject());
        var frames = probe.Encode(request);
        await probe.SendFramesAsync(KernelChannel.Shell, [.. frames.Take(3)], cancellationToken).ConfigureAwait(false);
        await probe.SendFramesAsync(KernelChannel.Shell, ["nonsense"u8.ToArray()], cancellationToken).ConfigureAwait(false);
        var isAlive = await context.AnswersAsync(cancellationToken).ConfigureAwait(false);
        if (!isAlive) return Verdict.Fail("no answer to the request behind two malformed messages");
        var answers = probe.Log.FindAnswersTo(request.MessageId);
        return Verdict.When(answers.Count == 0, answers.Count == 0 ? "dropped, and the next request answered"
            : $"answered with {answers[0]}");
    }
}
