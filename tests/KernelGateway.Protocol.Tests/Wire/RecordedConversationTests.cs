using FluentAssertions;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Wire;

[TestFixtureSource(typeof(RecordedConversation), nameof(RecordedConversation.Kernels))]
public class RecordedConversationTests(string kernel)
{
    private readonly RecordedConversation _conversation = RecordedConversation.Load(kernel);

    private IEnumerable<(RecordedFrames Recorded, JupyterMessage Message, int PrefixFrames)> Messages
    {
        get
        {
            var codec = new WireCodec(_conversation.CreateSigner());
            foreach (var recorded in _conversation.Messages.Where(recorded => recorded.Channel != KernelChannel.Heartbeat))
            {
                codec.TryDecode(recorded.Frames, out var message, out var prefixFrames, out var reason)
                    .Should().BeTrue($"{recorded} is a good message, not {reason}");
                yield return (recorded, message!, prefixFrames);
            }
        }
    }

    [Test]
    public void Every_message_is_signed_and_readable() => Messages.Count().Should().BeGreaterThan(80);

    [Test]
    public void Encoding_a_received_message_again_gives_the_same_frames()
    {
        var codec = new WireCodec(_conversation.CreateSigner());
        foreach (var (recorded, message, prefixFrames) in Messages)
        {
            var frames = codec.Encode(message, [.. recorded.Frames.Take(prefixFrames)]);

            frames.Select(frame => Convert.ToHexString(frame.Span)).Should()
                .Equal(recorded.Frames.Select(frame => Convert.ToHexString(frame.Span)), $"{recorded}");
        }
    }
}
