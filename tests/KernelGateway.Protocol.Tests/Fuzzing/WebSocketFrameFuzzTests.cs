using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.WebSockets;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Fuzzing;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Fuzzing;

/// <summary>Damaged WebSocket frames from clients, and damaged messages from kernels to clients.</summary>
public sealed class WebSocketFrameFuzzTests
{
    private const int Frames = 20_000;
    private const int Messages = 20_000;

    private static readonly JObject Envelope = new()
    {
        ["channel"] = "shell",
        ["header"] = new JObject { ["msg_id"] = "1", ["msg_type"] = "comm_msg", ["session"] = "s", ["date"] = 1.5 },
        ["parent_header"] = new JObject(),
        ["metadata"] = new JObject { ["a"] = new JArray(1, 2) },
        ["content"] = new JObject { ["data"] = new JObject { ["text/plain"] = "ä\n" } },
        ["buffers"] = new JArray(),
    };

    [Test]
    [Category("Slow")]
    [CancelAfter(120_000)]
    public void A_damaged_frame_of_a_client_is_read_whole_or_dropped_for_a_reason(CancellationToken token) =>
        new FuzzRun(TestContext.Out).Try(
            Frames,
            random => (Codec: random.Next(2) == 0 ? KernelWebSocketCodec.V1 : KernelWebSocketCodec.Legacy, Frame: MakeFrame(random)),
            input => [input.Frame.Bytes],
            input => Read(input.Codec, input.Frame.Bytes, input.Frame.IsText),
            token);

    [Test]
    [Category("Slow")]
    [CancelAfter(120_000)]
    public void A_damaged_message_of_a_kernel_makes_a_frame_of_the_announced_length(CancellationToken token) =>
        new FuzzRun(TestContext.Out) { BytesPerByte = 256 }.Try(
            Messages,
            random => random.Next(2) == 0 ? FuzzedMessage.MakeSigned(random) : FuzzedMessage.MakeFrames(random),
            input => input.Frames,
            input => new WireCodec(input.Signer).TryDecode(input.Frames, out var message, out _, out _) ? Write(message) : 1,
            token);

    private static (byte[] Bytes, bool IsText) MakeFrame(Random random)
    {
        var json = random.Next(3) == 0 ? Encoding.UTF8.GetBytes(Envelope.ToString()) : JsonMutator.Mutate(Envelope, random);
        var isText = random.Next(2) == 0;
        if (isText) return (random.Next(2) == 0 ? ByteMutator.Mutate(json, random, json) : json, true);

        JupyterMessage.TryCreateRaw(
            """{"msg_type":"a"}"""u8.ToArray(), default, default, json, [new byte[random.Next(4)], json], out var message, out _);
        var codec = random.Next(2) == 0 ? KernelWebSocketCodec.V1 : KernelWebSocketCodec.Legacy;
        var output = new ArrayBufferWriter<byte>();
        codec.Encode(KernelChannel.Stdin, message!, output);
        return (ByteMutator.Mutate(output.WrittenSpan, random, json), false);
    }

    private static long Read(KernelWebSocketCodec codec, byte[] frame, bool isText)
    {
        if (!codec.TryDecode(frame, isText, out var channel, out var message, out var reason))
        {
            if (reason == WebSocketDropReason.None || message is not null) throw new InvalidOperationException("Dropped for no reason.");
            return 1;
        }

        if (reason != WebSocketDropReason.None) throw new InvalidOperationException($"Accepted in spite of {reason}.");
        if (channel is KernelChannel.IOPub or KernelChannel.Heartbeat) throw new InvalidOperationException($"A client sent on {channel}.");
        if (message.MessageType.Length == 0) throw new InvalidOperationException("A message without a type.");
        return message.Buffers.Count + Write(message);
    }

    private static long Write(JupyterMessage message)
    {
        var parts = message.Buffers.Count;
        foreach (var codec in new[] { KernelWebSocketCodec.V1, KernelWebSocketCodec.Legacy })
        {
            var output = new ArrayBufferWriter<byte>(1024);
            codec.Encode(KernelChannel.IOPub, message, output);
            if (output.WrittenCount != codec.GetLength(KernelChannel.IOPub, message))
                throw new InvalidOperationException("The frame has another length than announced.");
            if (!codec.IsText(message)) continue;
            if (!Utf8.IsValid(output.WrittenSpan)) throw new InvalidOperationException("The text is not UTF-8.");
            if (IsJson(message.RawHeader) && IsJson(message.RawParentHeader) && IsJson(message.RawMetadata) && IsJson(message.RawContent)
                && !IsJson(output.WrittenMemory))
                throw new InvalidOperationException("Valid parts were encoded as an invalid frame.");
        }

        return parts;
    }

    private static bool IsJson(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var reader = new Utf8JsonReader(bytes.Span, new JsonReaderOptions { MaxDepth = 4096 });
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
