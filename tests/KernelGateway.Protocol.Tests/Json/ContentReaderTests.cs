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
        ContentReader.TryGetProperty(Encoding.UTF8.GetBytes(Content), Encoding.UTF8.GetBytes(name), out var value)
            .Should().BeFalse();
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
    public void Object_cut_short_returns_its_whole_properties_and_never_throws()
    {
        var content = Encoding.UTF8.GetBytes(Content);
        for (var length = 0; length < content.Length; length++)
        {
            var cut = content.AsMemory(0, length);
            // The value is complete only when a byte follows that cannot be part of it: "1.0" may continue.
            ContentReader.TryGetProperty(cut, "a"u8, out var value)
                .Should().Be(length > Content.IndexOf("1.0", StringComparison.Ordinal) + 3);
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
    public void Slices_are_those_the_runtime_s_own_reader_finds([Range(0, 39)] int block)
    {
        for (var seed = block * 50; seed < (block + 1) * 50; seed++)
        {
            var json = JsonSamples.Create(seed, withLoneSurrogates: true);
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object) continue;

            var values = new List<string>();
            foreach (var property in ContentReader.EnumerateProperties(json)) values.Add(Encoding.UTF8.GetString(property.Value.Bytes.Span));

            values
                .Should().Equal(document.RootElement.EnumerateObject().Select(property => property.Value.GetRawText()), $"of sample {seed}");
        }
    }

    [TestCase("""{"a":"\\","b":1}""", "\"\\\\\"")]
    [TestCase("""{"a":"\"","b":1}""", "\"\\\"\"")]
    [TestCase("""{"a":"\\\"","b":1}""", "\"\\\\\\\"\"")]
    [TestCase("""{"a":"","b":1}""", "\"\"")]
    [TestCase("""{"a\\":0,"a":"x"}""", "\"x\"")]
    public void Backslashes_before_a_quote_are_counted(string content, string expected)
    {
        ContentReader.TryGetProperty(Encoding.UTF8.GetBytes(content), "a"u8, out var value).Should().BeTrue();
        Encoding.UTF8.GetString(value.Bytes.Span).Should().Be(expected);
    }

    [TestCase("""{"a":1,}""")]
    [TestCase("""{,"a":1}""")]
    [TestCase("""{"a":1 "b":2}""")]
    [TestCase("""{"a" 1}""")]
    [TestCase("""{a:1}""")]
    [TestCase("""{"a":}""")]
    [TestCase("""{"a":nul}""")]
    [TestCase("""{"a":01}""")]
    [TestCase("""{"a":[1}}""")]
    [TestCase("{\"a\":\"line\nbreak\"}")]
    [TestCase("""{"a":"x\"}""")]
    [TestCase("""["a":1]""")]
    public void Values_that_are_not_objects_are_refused(string content) => FluentActions.Invoking(() =>
    {
        foreach (var property in ContentReader.EnumerateProperties(Encoding.UTF8.GetBytes(content))) property.NameEquals("a"u8);
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
