using System.Text;
using System.Text.Json;
using FluentAssertions;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Json;

public class RawJsonTests
{
    [TestCase("\"a\"", JsonValueKind.String)]
    [TestCase("{}", JsonValueKind.Object)]
    [TestCase("[]", JsonValueKind.Array)]
    [TestCase("-1", JsonValueKind.Number)]
    [TestCase("true", JsonValueKind.True)]
    [TestCase("false", JsonValueKind.False)]
    [TestCase("null", JsonValueKind.Null)]
    [TestCase("", JsonValueKind.Undefined)]
    public void First_byte_determines_the_kind(string json, JsonValueKind kind)
    {
        Raw(json).Kind.Should().Be(kind);
        Raw(json).IsNull.Should().Be(kind is JsonValueKind.Null or JsonValueKind.Undefined);
    }

    [TestCase("\"\"", "")]
    [TestCase("\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\t\"", "a\"b\\c/d\b\f\n\r\t")]
    [TestCase("\"\\u00e9\\u65E5é日\"", "é日é日")]
    [TestCase("\"\\ud83d\\ude00\"", "😀")]
    [TestCase("1", null)]
    [TestCase("null", null)]
    public void Strings_with_any_content_are_decoded(string json, string? expected) =>
        Raw(json).AsString().Should().Be(expected);

    [Test]
    public void Escaped_halves_of_surrogate_pairs_stay_halves_so_that_two_chunks_make_a_whole()
    {
        Raw("\"x\\ude00\\ud83dy\"").AsString().Should().Be("x\ude00\ud83dy");
        (Raw("\"\\ud83d\"").AsString() + Raw("\"\\ude00\"").AsString()).Should().Be("😀");
        Raw("[\"\\ud83d\"]").AsToken()[0]!.Value<string>().Should().Be("\ud83d");
    }

    [Test]
    public void Long_strings_with_escapes_are_decoded()
    {
        var text = string.Concat(Enumerable.Repeat("äb\n😀\"", 10_000));

        Raw(JsonSerializer.Serialize(text)).AsString().Should().Be(text);
    }

    [Test]
    public void Invalid_utf8_in_a_string_is_replaced() =>
        new RawJson(new byte[] { (byte)'"', (byte)'a', 0xff, (byte)'\\', (byte)'n', 0xe6, 0x97, (byte)'"' }).AsString()
            .Should().Be("a\ufffd\n\ufffd");

    [TestCase("\"a\"", "a")]
    [TestCase("[\"a\",\"b\\n\",1,null]", "ab\n1")]
    [TestCase("1.50", "1.50")]
    [TestCase("true", "true")]
    [TestCase("null", null)]
    [TestCase("{}", null)]
    public void Text_is_read_leniently(string json, string? expected) => Raw(json).AsText().Should().Be(expected);

    [TestCase("0", 0L)]
    [TestCase("-9223372036854775808", long.MinValue)]
    [TestCase("9223372036854775808", null)]
    [TestCase("\"12\"", 12L)]
    [TestCase("3.0", 3L)]
    [TestCase("1e3", 1000L)]
    [TestCase("3.5", null)]
    [TestCase("\"x\"", null)]
    [TestCase("\"\"", null)]
    [TestCase("null", null)]
    [TestCase("[1]", null)]
    public void Whole_numbers_are_read_leniently(string json, long? expected) => Raw(json).AsInt64().Should().Be(expected);

    [Test]
    public void Numbers_that_do_not_fit_are_absent()
    {
        Raw("2147483648").AsInt32().Should().BeNull();
        Raw("-2147483648").AsInt32().Should().Be(int.MinValue);
    }

    [Test]
    public void Object_model_is_the_one_the_json_library_builds([Range(0, 39)] int block)
    {
        for (var seed = block * 50; seed < (block + 1) * 50; seed++)
        {
            var json = JsonSamples.Create(seed);

            var token = new RawJson(json).AsToken();

            using var reader = new Newtonsoft.Json.JsonTextReader(new StringReader(Encoding.UTF8.GetString(json)))
            {
                DateParseHandling = Newtonsoft.Json.DateParseHandling.None,
            };
            JToken.DeepEquals(token, JToken.ReadFrom(reader))
                .Should().BeTrue($"sample {seed} is {Encoding.UTF8.GetString(json)}");
        }
    }

    [Test]
    public void Text_that_looks_like_a_date_stays_text() =>
        Raw("\"2024-01-02T03:04:05Z\"").AsToken().Type.Should().Be(JTokenType.String);

    [Test]
    public void Last_of_equal_names_wins_in_the_object_model() =>
        Raw("""{"a":1,"a":2}""").AsObject()["a"]!.Value<int>().Should().Be(2);

    [Test]
    public void Nesting_beyond_the_limit_is_refused_as_an_object_model_but_passed_as_bytes()
    {
        var deep = new string('[', 600) + new string(']', 600);

        FluentActions.Invoking(() => Raw(deep).AsToken()).Should().Throw<MessageFormatException>();
        ContentReader.TryGetProperty(Encoding.UTF8.GetBytes($"{{\"a\":{deep}}}"), "a"u8, out var value).Should().BeTrue();
        value.Bytes.Length.Should().Be(1200);
    }

    [TestCase("\"")]
    [TestCase("\"\\")]
    [TestCase("\"\\u00\"")]
    [TestCase("[")]
    [TestCase("{\"a\":")]
    [TestCase("nonsense")]
    public void Bytes_that_are_no_value_are_read_as_far_as_they_go_and_refused_as_an_object_model(string json)
    {
        FluentActions.Invoking(() => Raw(json).AsString()).Should().NotThrow();
        Raw(json).AsInt64().Should().BeNull();
        FluentActions.Invoking(() => Raw(json).AsToken()).Should().Throw<MessageFormatException>();
    }

    [Test]
    public void Nothing_is_a_null_token() => default(RawJson).AsToken().Type.Should().Be(JTokenType.Null);

    [Test]
    public void Items_of_an_array_are_its_exact_slices() =>
        Items("""[ 1 , "a]" ,{"x":[1]}, [ ] ,null]""").Should().Equal("1", "\"a]\"", "{\"x\":[1]}", "[ ]", "null");

    [Test]
    public void Anything_but_an_array_has_no_items()
    {
        Items("{}").Should().BeEmpty();
        Items("\"a\"").Should().BeEmpty();
        Items("").Should().BeEmpty();
    }

    [Test]
    public void Values_are_equal_when_their_bytes_are()
    {
        Raw("1").Should().Be(Raw("1"));
        (Raw("1") == Raw("1")).Should().BeTrue();
        (Raw("1") != Raw("1.0")).Should().BeTrue();
        Raw("1").GetHashCode().Should().Be(Raw("1").GetHashCode());
        Raw("\"confidential\"").ToString().Should().Be("String, 14 bytes");
    }

    private static RawJson Raw(string json) => new(Encoding.UTF8.GetBytes(json));

    private static List<string> Items(string json)
    {
        var items = new List<string>();
        foreach (var item in Raw(json).EnumerateArray()) items.Add(Encoding.UTF8.GetString(item.Bytes.Span));
        return items;
    }
}
