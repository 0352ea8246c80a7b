using System.Text;
using FluentAssertions;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Comms;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Wire;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Wire;

public sealed class WireCodecTests : IDisposable
{
    private const string Header = """{"msg_id":"m1","session":"s","username":"u","msg_type":"status","version":"5.3"}""";

    private readonly MessageSigner _signer = MessageSigner.Create("secret");
    private readonly WireCodec _codec;

    public WireCodecTests() => _codec = new WireCodec(_signer);

    public void Dispose() => _signer.Dispose();

    [Test]
    public void Message_with_prefix_and_buffers_survives_the_wire()
    {
        var factory = new MessageFactory("session-1", "somebody");
        var request = factory.Create(new CommOpen { CommId = "c", TargetName = "t" });
        var message = factory.CreateReply(
            request, new CommMessage { CommId = "c", Data = new() { ["x"] = "ä\n" } }, new() { ["m"] = 1 }, [new byte[] { 0, 255 }, default]);

        var frames = _codec.Encode(message, [Utf8("router"), Utf8("topic")]);
        _codec.TryDecode(frames, out var received, out var prefixFrames, out var reason).Should().BeTrue();

        prefixFrames.Should().Be(2);
        reason.Should().Be(MessageDropReason.None);
        frames.Should().HaveCount(10);
        received!.Header.Should().Be(message.Header);
        received.ParentHeader.Should().Be(request.Header);
        received.RawParentHeader.ToArray().Should().Equal(request.RawHeader.ToArray());
        received.Metadata.ToString(Newtonsoft.Json.Formatting.None).Should().Be("""{"m":1}""");
        received.ReadContent<CommMessage>().Data["x"]!.ToString().Should().Be("ä\n");
        received.Buffers.Select(buffer => buffer.ToArray()).Should().BeEquivalentTo([new byte[] { 0, 255 }, Array.Empty<byte>()]);
    }

    [Test]
    public void Frames_that_end_too_early_are_counted_before_they_are_indexed([Range(0, 5)] int frameCount)
    {
        var frames = Signed(Header).Take(frameCount).ToArray();

        _codec.TryDecode(frames, out var message, out var prefixFrames, out var reason).Should().BeFalse();

        message.Should().BeNull();
        prefixFrames.Should().Be(0);
        reason.Should().Be(frameCount == 0 ? MessageDropReason.MissingDelimiter : MessageDropReason.TooFewFrames);
    }

    [TestCase("<IDS|MSG")]
    [TestCase("<IDS|MSG>>")]
    [TestCase("<ids|msg>")]
    [TestCase("")]
    public void Frames_without_the_exact_delimiter_are_no_message(string delimiter)
    {
        ReadOnlyMemory<byte>[] frames = [Utf8(delimiter), .. Signed(Header).Skip(1)];

        _codec.TryDecode(frames, out _, out _, out var reason).Should().BeFalse();

        reason.Should().Be(MessageDropReason.MissingDelimiter);
    }

    [Test]
    public void Delimiter_is_found_behind_any_number_of_prefix_frames([Range(0, 4)] int count)
    {
        ReadOnlyMemory<byte>[] frames = [.. Enumerable.Repeat(Utf8("topic"), count), .. Signed(Header)];

        _codec.TryDecode(frames, out var message, out var prefixFrames, out _).Should().BeTrue();

        prefixFrames.Should().Be(count);
        message!.MessageId.Should().Be("m1");
    }

    [Test]
    public void First_delimiter_counts_and_a_buffer_may_look_like_one()
    {
        ReadOnlyMemory<byte>[] frames = [.. Signed(Header), Utf8("<IDS|MSG>")];

        _codec.TryDecode(frames, out var message, out var prefixFrames, out _).Should().BeTrue();

        prefixFrames.Should().Be(0);
        message!.Buffers.Should().ContainSingle();
    }

    [Test]
    public void Unsigned_message_is_refused_when_a_key_is_set() => DropReason("").Should().Be(MessageDropReason.MissingSignature);

    [TestCase("0000000000000000000000000000000000000000000000000000000000000000", TestName = "Wrong_signature_is_refused")]
    [TestCase("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", TestName = "Signature_that_is_no_hex_is_refused")]
    [TestCase("00", TestName = "Short_signature_is_refused")]
    public void Bad_signature(string signature) => DropReason(signature).Should().Be(MessageDropReason.BadSignature);

    [Test]
    public void Any_signature_is_accepted_without_a_key()
    {
        ReadOnlyMemory<byte>[] frames = [Utf8("<IDS|MSG>"), Utf8("anything"), Utf8(Header), Utf8("{}"), Utf8("{}"), Utf8("{}")];

        new WireCodec(MessageSigner.Disabled).TryDecode(frames, out _, out _, out _).Should().BeTrue();
    }

    [TestCase("")]
    [TestCase("no json")]
    [TestCase("[]")]
    [TestCase("null")]
    [TestCase("\"msg_type\"")]
    [TestCase("""{"msg_type":"status" """)]
    [TestCase("""{"msg_type":"status"} {}""")]
    [TestCase("""{"msg_type":"status",}""")]
    public void Header_that_is_not_a_json_object_is_refused(string header) =>
        Drop(Signed(header)).Should().Be(MessageDropReason.UnreadableHeader);

    [Test]
    public void Header_nested_beyond_reason_is_refused() =>
        Drop(Signed($$"""{"msg_type":"status","x":{{new string('[', 100)}}{{new string(']', 100)}}}"""))
        .Should().Be(MessageDropReason.UnreadableHeader);

    [TestCase("{}")]
    [TestCase("""{"msg_id":"1"}""")]
    [TestCase("""{"msg_type":5}""")]
    [TestCase("""{"msg_type":null}""")]
    [TestCase("""{"msg_type":""}""")]
    [TestCase("""{"nested":{"msg_type":"status"}}""")]
    public void Header_without_a_type_is_refused(string header) =>
        Drop(Signed(header)).Should().Be(MessageDropReason.MissingMessageType);

    [TestCase("nonsense")]
    [TestCase("[1]")]
    [TestCase("\"\"")]
    [TestCase("""{"msg_id":""")]
    public void Parent_header_that_is_not_a_json_object_is_refused(string parent) =>
        Drop(Signed(Header, parent)).Should().Be(MessageDropReason.UnreadableParentHeader);

    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("null")]
    [TestCase("")]
    [TestCase("{ }")]
    public void Empty_parent_header_of_any_form_means_no_parent(string parent)
    {
        _codec.TryDecode(Signed(Header, parent), out var message, out _, out _).Should().BeTrue();

        message!.ParentHeader.Should().BeNull();
        message.ParentMessageId.Should().BeNull();
        message.RawParentMessageId.IsEmpty.Should().BeTrue();
    }

    [Test]
    public void Content_that_is_not_json_is_passed_on_and_throws_only_when_it_is_read()
    {
        _codec.TryDecode(Signed(Header, content: "{\"execution_state\":"), out var message, out _, out _).Should().BeTrue();

        FluentActions.Invoking(() => message!.ReadContent<StatusOutput>()).Should().Throw<MessageFormatException>();
        FluentActions.Invoking(() => message!.Content).Should().Throw<MessageFormatException>();
    }

    [Test]
    public void Decoding_allocates_the_message_and_little_else()
    {
        var frames = Signed(Header, Header, """{"execution_state":"busy"}""");
        _codec.TryDecode(frames, out _, out _, out _);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) _codec.TryDecode(frames, out _, out _, out _);

        ((GC.GetAllocatedBytesForCurrentThread() - before) / 100)
            .Should().BeLessThan(300, "no header is built and no text decoded");
    }

    private static ReadOnlyMemory<byte> Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private ReadOnlyMemory<byte>[] Signed(string header, string parent = "{}", string content = "{}") =>
    [
        Utf8("<IDS|MSG>"), _signer.Sign(Utf8(header), Utf8(parent), Utf8("{}"), Utf8(content)),
        Utf8(header), Utf8(parent), Utf8("{}"), Utf8(content),
    ];

    private MessageDropReason DropReason(string signature)
    {
        var frames = Signed(Header);
        frames[1] = Utf8(signature);
        return Drop(frames);
    }

    private MessageDropReason Drop(ReadOnlyMemory<byte>[] frames)
    {
        _codec.TryDecode(frames, out var message, out _, out var reason).Should().BeFalse();
        message.Should().BeNull();
        return reason;
    }
}
