using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Fixtures;
using KernelGateway.Testing.Fuzzing;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Tests.Fuzzing;

/// <summary>The damaged frames of one message, and the signer of its reader.</summary>
internal sealed record FuzzedMessage(IReadOnlyList<ReadOnlyMemory<byte>> Frames, MessageSigner Signer)
{
    private const int Header = 2;
    private const int ParentHeader = 3;
    private const int Metadata = 4;
    private const int Content = 5;
    private const int FixedFrames = 6;
    private const int LongestFrame = 8 * 1024;

    private static readonly IReadOnlyList<Recorded> Seeds = [.. Load()];

    /// <summary>Creates a message with damaged frames, whether or not its signature is still valid.</summary>
    public static FuzzedMessage MakeFrames(Random random)
    {
        var seed = Choose(random);
        var frames = seed.Frames.ToList();
        var other = Choose(random);
        for (var rounds = random.Next(1, 4); rounds > 0 && frames.Count > 0; rounds--)
        {
            var at = random.Next(frames.Count);
            var piece = other.Frames[random.Next(other.Frames.Count)];
            switch (random.Next(6))
            {
                case 0: frames.Insert(at, piece); break;
                case 1: frames[at] = piece; break;
                case 2: frames.RemoveRange(at, random.Next(frames.Count - at)); break;
                case 3: frames.Insert(at, frames[random.Next(frames.Count)]); break;
                default: frames[at] = ByteMutator.Mutate(frames[at].Span, random, piece.Span); break;
            }
        }

        // Without a key every message is read. With a key a message is read when its four signed parts are unchanged.
        return new FuzzedMessage(frames, random.Next(2) == 0 ? MessageSigner.Disabled : seed.Signer);
    }

    /// <summary>Creates a message in which one or more parts are replaced by other or invalid JSON, with a valid signature.</summary>
    public static FuzzedMessage MakeSigned(Random random)
    {
        var seed = Choose(random);
        var parts = seed.Frames.ToArray();
        var first = parts.Length - seed.Buffers - FixedFrames;
        for (var rounds = random.Next(1, 3); rounds > 0; rounds--)
        {
            // Usually the content, because most readers use it.
            var part = random.Next(6) switch { 0 => Header, 1 => ParentHeader, 2 => Metadata, _ => Content };
            parts[first + part] = random.Next(4) == 0
                ? ByteMutator.Mutate(parts[first + part].Span, random, Choose(random).Frames[^1].Span)
                : JsonMutator.Mutate(seed.Parts[part - Header], random);
        }

        parts[first + 1] = seed.Signer.Sign(parts[first + Header], parts[first + ParentHeader], parts[first + Metadata], parts[first + Content]);
        return new FuzzedMessage(parts, seed.Signer);
    }

    private static Recorded Choose(Random random) => Seeds[random.Next(Seeds.Count)];

    private static IEnumerable<Recorded> Load()
    {
        foreach (var kernel in RecordedConversation.Kernels)
        {
            var conversation = RecordedConversation.Load(kernel);
            var signer = conversation.CreateSigner();
            var codec = new WireCodec(signer);
            foreach (var recorded in conversation.Messages)
            {
                if (recorded.Frames.Any(frame => frame.Length > LongestFrame)) continue;
                if (!codec.TryDecode(recorded.Frames, out var message, out _, out _)) continue;
                ReadOnlyMemory<byte>[] raw = [message.RawHeader, message.RawParentHeader, message.RawMetadata, message.RawContent];
                yield return new Recorded(
                    recorded.Frames, [.. raw.Select(part => new Protocol.Json.RawJson(part).AsToken())], message.Buffers.Count, signer);
            }
        }
    }

    private sealed record Recorded(IReadOnlyList<ReadOnlyMemory<byte>> Frames, JToken[] Parts, int Buffers, MessageSigner Signer);
}
