using System.Text;
using System.Text.Json;
using FluentAssertions;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.WebSockets;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.WebSockets;

/// <summary>Recorded messages of real kernels and their client, through both codecs.</summary>
[TestFixtureSource(typeof(RecordedConversation), nameof(RecordedConversation.Kernels))]
public class SplicedConversationTests(string kernel)
{
    private readonly RecordedConversation _conversation = RecordedConversation.Load(kernel);

    private IEnumerable<(RecordedFrames Recorded, JupyterMessage Message)> Messages
    {
        get
        {
            var codec = new WireCodec(_conversation.CreateSigner());
            foreach (var recorded in _conversation.Messages.Where(recorded => recorded.Channel != KernelChannel.Heartbeat))
                if (codec.TryDecode(recorded.Frames, out var message, out _, out _)) yield return (recorded, message);
        }
    }

    [Test]
    public void V1_frames_hold_the_bytes_of_the_kernel()
    {
        foreach (var (recorded, message) in Messages)
        {
            var frame = KernelWebSocketCodec.V1.Encode(recorded.Channel, message);
            var table = Enumerable.Range(0, 7 + message.Buffers.Count).Select(i => (int)BitConverter.ToInt64(frame, i * 8)).ToArray();
            var parts = Enumerable.Range(1, table[0] - 1).Select(i => Encoding.Latin1.GetString(frame[table[i]..table[i + 1]])).ToArray();

            parts[0].Should().Be(recorded.Channel.ToString().ToLowerInvariant());
            parts[1..].Should().Equal(Expected(message).Select(Encoding.Latin1.GetString), $"{recorded}");
            table[^1].Should().Be(frame.Length);
        }
    }

    [Test]
    public void Legacy_frames_hold_the_bytes_of_the_kernel()
    {
        foreach (var (recorded, message) in Messages)
        {
            var frame = KernelWebSocketCodec.Legacy.Encode(recorded.Channel, message);
            if (!KernelWebSocketCodec.Legacy.IsText(message)) continue;
            using var json = JsonDocument.Parse(frame);
            var root = json.RootElement;

            root.GetProperty("channel").GetString().Should().Be(recorded.Channel.ToString().ToLowerInvariant());
            new[] { "header", "parent_header", "metadata", "content" }.Select(name => root.GetProperty(name).GetRawText())
                .Should().Equal(Expected(message).Select(Encoding.UTF8.GetString), $"{recorded}");
            root.GetProperty("msg_id").GetString().Should().Be(message.MessageId);
            root.GetProperty("msg_type").GetString().Should().Be(message.MessageType);
            root.GetProperty("buffers").GetArrayLength().Should().Be(0);
        }
    }

    [Test]
    public void Client_messages_reach_the_kernel_byte_for_byte()
    {
        var sent = 0;
        foreach (var (recorded, message) in Messages.Where(message => message.Recorded.IsSent))
        {
            foreach (var codec in new[] { KernelWebSocketCodec.V1, KernelWebSocketCodec.Legacy })
            {
                var frame = codec.Encode(recorded.Channel, message);
                codec.TryDecode(frame, codec.IsText(message), out var channel, out var received, out var reason)
                    .Should().BeTrue($"{recorded} is valid, not {reason}");

                channel.Should().Be(recorded.Channel);
                received!.Parts().Should().Equal(message.Parts(), $"{recorded}");
                sent++;
            }
        }

        sent.Should().BeGreaterThan(20);
    }

    // Only parts without content are replaced.
    private static IEnumerable<byte[]> Expected(JupyterMessage message) =>
    [
        message.RawHeader.ToArray(), .. new[] { message.RawParentHeader, message.RawMetadata, message.RawContent }
            .Select(part => part.Text() is "" or "[]" or "null" ? "{}"u8.ToArray() : part.ToArray()),
        .. message.Buffers.Select(buffer => buffer.ToArray()),
    ];
}
