using System.Text;
using FluentAssertions;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.WebSockets;
using NUnit.Framework;
using static KernelGateway.Protocol.Tests.WebSockets.Frames;

namespace KernelGateway.Protocol.Tests.WebSockets;

public sealed class StreamSplitterTests
{
    private const string Header = """{"msg_id":"m1","msg_type":"stream","session":"s"}""";
    private const int MaxBytes = 1024;

    [Test]
    public void A_long_text_becomes_messages_of_the_same_parent_and_stream_in_order()
    {
        var text = string.Concat(Enumerable.Range(0, 2_000).Select(number => $"line {number}\\n"));

        var pieces = Split($$"""{"name":"stderr","text":"{{text}}"}""")!;

        pieces.Should().HaveCountGreaterThan(10);
        pieces.Should().OnlyContain(piece => piece.RawContent.Length <= MaxBytes);
        pieces.Should().OnlyContain(piece => (string?)piece.Content["name"] == "stderr" && piece.ParentMessageId == "p1");
        string.Concat(pieces.Select(piece => (string?)piece.Content["text"])).Should().Be(text.Replace("\\n", "\n"));
        pieces.Take(3).Select(piece => piece.MessageId).Should().Equal("m1", "m1.1", "m1.2");
        pieces.Should().OnlyContain(piece => piece.Header.SessionId == "s" && piece.Detach() == piece);
    }

    [Test]
    public void No_cut_is_inside_of_a_character_or_an_escape([Range(0, 13)] int shift)
    {
        const string Unit = @"a\né\u00e9\""\\€\ud83d\ude00😀\\\\\""";
        var text = new string('x', shift) + string.Concat(Enumerable.Repeat(Unit, 200));

        var pieces = Split($$"""{"text":"{{text}}","name":"stdout"}""")!;

        foreach (var piece in pieces)
        {
            System.Text.Unicode.Utf8.IsValid(piece.RawContent.Span).Should().BeTrue();
            ((string)piece.Content["text"]!).EnumerateRunes().Should().NotContain(Rune.ReplacementChar, "no surrogate pair is split");
        }

        string.Concat(pieces.Select(piece => (string)piece.Content["text"]!)).Should().Be((string)Stream($$"""{"text":"{{text}}"}""").Content["text"]!);
    }

    [Test]
    public void Bytes_that_are_not_UTF_8_are_cut_somewhere_and_all_kept()
    {
        byte[] content = [.. Encoding.ASCII.GetBytes("{\"text\":\""), .. Enumerable.Repeat((byte)0x80, 5_000), .. Encoding.ASCII.GetBytes("\"}")];

        var pieces = StreamSplitter.Split(Message(Utf8(Header), Utf8("{}"), Utf8("{}"), content), MaxBytes)!;

        pieces.Sum(piece => piece.RawContent.Span.Count((byte)0x80)).Should().Be(5_000);
    }

    [TestCase("""{"name":"stdout","text":"short"}""")]
    [TestCase("""{"name":"LONG","text":"short"}""", Description = "another field than the text is long")]
    [TestCase("""{"name":"stdout","text":["LONG"]}""")]
    [TestCase("""{"text":"LONG","text":"LONG"}""", Description = "parsers disagree on duplicate names")]
    [TestCase("""{"name":"stdout","text":"LONG" """, Description = "not JSON")]
    [TestCase("""{"name":"stdout"}""")]
    public void Messages_that_cannot_be_split_are_unchanged(string content)
    {
        Split(content.Replace("LONG", new string('x', 5_000))).Should().BeNull();
    }

    [Test]
    public void Other_messages_are_left_alone()
    {
        var content = $$"""{"text":"{{new string('x', 5_000)}}"}""";

        StreamSplitter.Split(Message("""{"msg_id":"m1","msg_type":"display_data"}""", content: content), MaxBytes).Should().BeNull();
        StreamSplitter.Split(Message(Header, "{}", "{}", content, [1, 2, 3]), MaxBytes).Should().BeNull();
    }

    private static JupyterMessage Stream(string content) => Message(Header, """{"msg_id":"p1","msg_type":"execute_request"}""", "{}", content);

    private static IReadOnlyList<JupyterMessage>? Split(string content) => StreamSplitter.Split(Stream(content), MaxBytes);
}
