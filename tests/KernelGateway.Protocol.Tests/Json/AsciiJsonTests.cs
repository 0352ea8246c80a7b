using System.Buffers;
using System.Globalization;
using System.Text;
using FluentAssertions;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Json;

public class AsciiJsonTests
{
    [TestCase("\"plain\"", "\"plain\"")]
    [TestCase("\"é\"", "\"\\u00e9\"")]
    [TestCase("\"日本\"", "\"\\u65e5\\u672c\"")]
    [TestCase("\"😀\"", "\"\\ud83d\\ude00\"")]
    [TestCase("\"\U00010000\U0010ffff\"", "\"\\ud800\\udc00\\udbff\\udfff\"")]
    [TestCase("\"\u0080\u07ff\u0800\uffff\"", "\"\\u0080\\u07ff\\u0800\\uffff\"")]
    [TestCase("\"\u2028\u2029\"", "\"\\u2028\\u2029\"")]
    [TestCase("\"\\n\\ud83d\\u00e9\\\\é\"", "\"\\n\\ud83d\\u00e9\\\\\\u00e9\"")]
    [TestCase("{\n  \"a\": 1,\r\n  \"b\": [\r2]\n}", "{  \"a\": 1,  \"b\": [2]}")]
    [TestCase("\"\u007f\"", "\"\u007f\"")]
    [TestCase("", "")]
    [TestCase("\n\r\n", "")]
    public void Value_becomes_ascii_on_one_line(string json, string expected) =>
        Write(Encoding.UTF8.GetBytes(json)).Should().Be(expected);

    [TestCase(new byte[] { 0xff }, "\\ufffd")]
    [TestCase(new byte[] { 0x80, 0x80 }, "\\ufffd\\ufffd")]
    [TestCase(new byte[] { 0xe6, 0x97 }, "\\ufffd")]
    [TestCase(new byte[] { 0xf0, 0x9f, 0x98 }, "\\ufffd")]
    [TestCase(new byte[] { 0xe6, 0x97, (byte)'a' }, "\\ufffda")]
    [TestCase(new byte[] { 0xc0, 0xaf }, "\\ufffd\\ufffd")]
    [TestCase(new byte[] { 0xed, 0xa0, 0x80 }, "\\ufffd\\ufffd\\ufffd")]
    public void Invalid_utf8_is_replaced_just_as_the_runtime_decodes_it(byte[] invalid, string expected)
    {
        Write(invalid).Should().Be(expected);
        Write([.. "\""u8, .. invalid, .. "\""u8]).Should().Be($"\"{expected}\"");
        Encoding.UTF8.GetString(invalid).Count(unit => unit == '\ufffd').Should().Be(expected.Split("\\ufffd").Length - 1);
    }

    [Test]
    public void Any_json_value_stays_the_same_value([Range(0, 39)] int block)
    {
        for (var seed = block * 50; seed < (block + 1) * 50; seed++)
        {
            var json = JsonSamples.Create(seed, withLoneSurrogates: seed % 2 == 0);

            var ascii = Write(json);

            ascii.Should().MatchRegex(@"\A[\x00-\x09\x0b\x0c\x0e-\x7f]*\z", $"sample {seed} is ASCII on one line");
            JToken.DeepEquals(new RawJson(Encoding.ASCII.GetBytes(ascii)).AsToken(), new RawJson(json).AsToken())
                .Should().BeTrue($"sample {seed} has the same value");
            ascii.Should().Be(Expected(json));
        }
    }

    [Test]
    public void Every_code_point_is_escaped_as_its_utf16_units()
    {
        for (var value = 0x80; value <= 0x10ffff; value += value < 0x3000 ? 1 : 97)
        {
            if (!Rune.IsValid(value)) continue;
            Write(Encoding.UTF8.GetBytes(new Rune(value).ToString()))
                .Should().Be(Expected(Encoding.UTF8.GetBytes(new Rune(value).ToString())));
        }
    }

    [Test]
    public void Special_bytes_are_found_at_any_offset([Range(0, 70)] int offset)
    {
        var text = new string('a', offset) + "é\n" + new string('b', 70 - offset);

        Write(Encoding.UTF8.GetBytes(text)).Should().Be(Expected(Encoding.UTF8.GetBytes(text)));
    }

    [Test]
    public void Long_runs_of_other_scripts_pass_through_small_buffers()
    {
        var text = string.Concat(Enumerable.Repeat("日本語😀\n", 5000));
        var output = new SmallBlockWriter();

        AsciiJson.Write(output, Encoding.UTF8.GetBytes(text));

        Encoding.ASCII.GetString(output.Written).Should().Be(Expected(Encoding.UTF8.GetBytes(text)));
    }

    private static string Write(byte[] json)
    {
        var output = new ArrayBufferWriter<byte>();
        AsciiJson.Write(output, json);
        return Encoding.ASCII.GetString(output.WrittenSpan);
    }

    // A simple and slow implementation of the same rule.
    private static string Expected(byte[] json) => string.Concat(Encoding.UTF8.GetString(json)
        .Where(unit => unit is not ('\n' or '\r'))
        .Select(unit => unit < 0x80 ? unit.ToString() : "\\u" + ((int)unit).ToString("x4", CultureInfo.InvariantCulture)));

    /// <summary>A writer that never provides more space than requested.</summary>
    private sealed class SmallBlockWriter : IBufferWriter<byte>
    {
        private readonly List<byte> _written = [];
        private byte[] _room = [];

        public byte[] Written => [.. _written];

        public void Advance(int count) => _written.AddRange(_room.AsSpan(0, count));

        public Memory<byte> GetMemory(int sizeHint = 0) => _room = new byte[Math.Max(sizeHint, 1)];

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
