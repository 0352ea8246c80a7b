using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using KernelGateway.Protocol.Json;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Json;

public class ContentReaderTests
{
    private const string Content = """ { "a" : 1.0, "b":{"c":[1,"}"]} , "c":"te\"xt","\u0064":null, "e" : [ ] } """;

    [TestCase("a", "1.0")]
    [TestCase("b", """{"c":[1,"}"]}""")]
    [TestCase("c", "\"te\\\"xt\"")]
    [TestCase("d", "null")]
    [TestCase("e", "[ ]")]
    public void Value_is_the_exact_slice_of_the_content(string name, string expected)
    {
        ReadOnlyMemory<byte> content = Encoding.UTF8.GetBytes(Content);

        ContentReader.TryGetProperty(content, Encoding.UTF8.GetBytes(name), out var value).Should().BeTrue();

        Encoding.UTF8.GetString(value.Bytes.Span).Should().Be(expected);
        MemoryMarshal.TryGetArray(content, out var whole).Should().BeTrue();
        MemoryMarshal.TryGetArray(value.Bytes, out var slice).Should().BeTrue();
        slice.Array.Should().BeSameAs(whole.Array, "nothing is copied");
    }

    [TestCase("x")]
    [TestCase("A")]
    [TestCase("")]
    [TestCase("text")]
    public void Name_that_is_not_there_is_not_found(string name)
    {
        ContentReader.TryGetProperty(Encoding.UTF8.GetBytes(Content), Encoding.UTF8.GetBytes(name), out var value).Should().BeFalse();
        value.IsNull.Should().BeTrue();
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("null")]
    [TestCase("\"a\"")]
    [TestCase("nonsense")]
    public void Anything_but_an_object_has_no_properties(string content) =>
        ContentReader.TryGetProperty(Encoding.UTF8.GetBytes(content), "a"u8, out _).Should().BeFalse();

    [Test]
    public void Object_cut_short_gives_what_is_whole_and_never_throws()
    {
        var content = Encoding.UTF8.GetBytes(Content);
        for (var length = 0; length < content.Length; length++)
        {
            var cut = content.AsMemory(0, length);
            // The value must be followed by something that proves its end: "1.0" could go on.
            ContentReader.TryGetProperty(cut, "a"u8, out var value).Should().Be(length > Content.IndexOf("1.0", StringComparison.Ordinal) + 3);
            if (!value.IsNull) Encoding.UTF8.GetString(value.Bytes.Span).Should().Be("1.0");
            ContentReader.TryGetProperty(cut, "no such name"u8, out _).Should().BeFalse();
        }
    }

    [Test]
    public void Properties_are_walked_in_order_with_decoded_names()
    {
        var names = new List<string>();
        foreach (var property in ContentReader.EnumerateProperties(Encoding.UTF8.GetBytes(Content))) names.Add(property.Name);

        names.Should().Equal("a", "b", "c", "d", "e");
    }

    [Test]
    public void Walking_throws_where_the_bytes_stop_being_json() =>
        FluentActions.Invoking(() =>
        {
            foreach (var property in ContentReader.EnumerateProperties("""{"a":1,"b":}"""u8.ToArray())) property.NameEquals("a"u8);
        }).Should().Throw<JsonException>();

    [Test]
    public void Large_text_is_located_without_allocating()
    {
        ReadOnlyMemory<byte> content = Encoding.UTF8.GetBytes($$"""{"name":"stdout","text":"{{new string('é', 500_000)}}"}""");
        ContentReader.TryGetProperty(content, "text"u8, out _);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var isFound = ContentReader.TryGetProperty(content, "text"u8, out var text);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
        isFound.Should().BeTrue();
        text.Bytes.Length.Should().Be(1_000_002);
    }
}
