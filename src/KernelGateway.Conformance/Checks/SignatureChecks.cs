using System.Text;
using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Wire;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>The HMAC of a message.</summary>
internal static class SignatureChecks
{
    // Delimiter, signature, header, parent header, metadata, content.
    private const int SignatureFrame = 1;
    private const int ContentFrame = 5;

    public static IEnumerable<Check> All =>
    [
        Check.Create("signature.valid", "Signed messages",
            "Every message carries the HMAC of its header, parent header, metadata and content.",
            Sections.Wire, (context, token) => EachAsync(
                context, one => one.IsSigned ? null : $"{one} with signature '{Signature(one)}'", token)),
        Check.Create("signature.form", "Form of the signature", "The signature is lower-case hexadecimal text of the hash's length.",
            Sections.Wire,
            (context, token) => EachAsync(
                context, one => IsHex(context, one) ? null : $"{one} with signature '{Signature(one)}'", token)),
        Forged("signature.wrong", "Wrong signature", "A message with a wrong signature is ignored.",
            (_, frames) => frames[SignatureFrame] = Encoding.ASCII.GetBytes(new string('0', frames[SignatureFrame].Length))),
        Forged("signature.empty", "Missing signature", "With a key set, a message without signature is ignored.",
            (_, frames) => frames[SignatureFrame] = ReadOnlyMemory<byte>.Empty),
        Forged("signature.other-key", "Signature of another key", "A message signed with another key is ignored.",
            (context, frames) =>
                frames[SignatureFrame] = MessageSigner.Create("some other key", context.Probe.Info.SignatureScheme)
                .Sign(frames[2], frames[3], frames[4], frames[ContentFrame])),
        Forged("signature.tampered", "Changed content", "A message whose content was changed after signing is ignored.",
            (_, frames) => frames[ContentFrame] = "{\"changed\":true}"u8.ToArray()),
    ];

    private static Check Forged(string id, string name, string requirement, Action<CheckContext, ReadOnlyMemory<byte>[]> forge) =>
        Check.Create(id, name, requirement, Sections.Wire, async (context, token) =>
        {
            if (context.Probe.Info.Key.Length == 0) return Verdict.NotApplicable("the connection has no key");
            var probe = context.Probe;
            var request = probe.CreateRequest(MessageTypes.KernelInfoRequest, new JObject());
            ReadOnlyMemory<byte>[] frames = [.. probe.Encode(request)];
            forge(context, frames);
            await probe.SendFramesAsync(KernelChannel.Shell, frames, token).ConfigureAwait(false);

            // The channel keeps its order: when the valid request after it has been answered, the forged one would have been
            // answered too.
            if (!await context.AnswersAsync(token).ConfigureAwait(false))
                return Verdict.Fail(context.Target.Exited.IsCompleted ? "the kernel ended"
                    : "the honest request behind it got no answer");
            var answers = probe.Log.FindAnswersTo(request.MessageId);
            return Verdict.When(answers.Count == 0, answers.Count == 0 ? "no answer, no status" : $"answered with {answers[0]}");
        }, isDestructive: true);

    private static async Task<Verdict> EachAsync(CheckContext context, Func<Sighting, string?> fault,
        CancellationToken cancellationToken)
    {
        if (context.Probe.Info.Key.Length == 0) return Verdict.NotApplicable("the connection has no key");
        var survey = await context.SurveyAsync(cancellationToken).ConfigureAwait(false);
        return Verdict.ForEach([.. survey.Sightings.Where(one => one.Delimiter >= 0)], fault, "messages");
    }

    private static string Signature(Sighting one) => one.Frames.Count > one.Delimiter + 1 ? Sighting.Show(one.Part(1)) : "";

    private static bool IsHex(CheckContext context, Sighting one)
    {
        var text = one.Frames.Count > one.Delimiter + 1 ? Encoding.ASCII.GetString(one.Part(1).Span) : "";
        var length = context.Probe.Info.SignatureScheme switch { "hmac-md5" => 32, "hmac-sha512" => 128, _ => 64 };
        return text.Length == length && text.All(char.IsAsciiHexDigitLower);
    }
}
