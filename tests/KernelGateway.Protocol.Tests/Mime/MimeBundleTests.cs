using System.Text;
using FluentAssertions;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Mime;

public class MimeBundleTests
{
    private const string Everything = """
        {
          "text/plain": "plain", "text/html": ["<b>", "bold</b>"], "text/markdown": "*m*", "text/latex": "$l$",
          "image/png": "iVBORw==\n", "image/jpeg": "\/9j\/4A==", "image/svg+xml": "<svg\/>", "application/pdf": "JVBERi0=",
          "application/json": {"a": [1, "2024-01-01T00:00:00Z"]}, "application/javascript": "alert(1)",
          "application/vnd.vega.v5+json": [1], "application/x-custom": "c", "text/x-null": null
        }
        """;

    private readonly MimeBundle _bundle = Bundle(Everything);

    [Test]
    public void Every_common_representation_has_typed_access()
    {
        _bundle.Text.Should().Be("plain");
        _bundle.Html.Should().Be("<b>bold</b>", "lists of strings are joined");
        _bundle.Markdown.Should().Be("*m*");
        _bundle.Latex.Should().Be("$l$");
        _bundle.Png.Should().Equal(0x89, 0x50, 0x4e, 0x47);
        _bundle.PngBase64.Should().Be("iVBORw==\n");
        _bundle.Jpeg.Should().Equal(0xff, 0xd8, 0xff, 0xe0);
        _bundle.JpegBase64.Should().Be("/9j/4A==");
        _bundle.Svg.Should().Be("<svg/>");
        _bundle.Pdf.Should().Equal("%PDF-"u8.ToArray());
        _bundle.PdfBase64.Should().Be("JVBERi0=");
        _bundle.Json!["a"]![1]!.Type.Should().Be(JTokenType.String, "a string that looks like a date stays a string");
        _bundle.Javascript.Should().Be("alert(1)");
    }

    [Test]
    public void Everything_else_is_under_its_media_type()
    {
        _bundle["application/x-custom"]!.Value<string>().Should().Be("c");
        _bundle["application/vnd.vega.v5+json"]!.Should().BeOfType<JArray>();
        _bundle["text/x-null"]!.Type.Should().Be(JTokenType.Null);
        _bundle.GetText("text/x-null").Should().BeNull();
        _bundle["no/such"].Should().BeNull();
        _bundle.Contains("no/such").Should().BeFalse();
        _bundle.Contains("text/x-null").Should().BeTrue();
    }

    [Test]
    public void Media_types_keep_their_order() => _bundle.MediaTypes.Should().Equal(
        "text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/svg+xml", "application/pdf",
        "application/json", "application/javascript", "application/vnd.vega.v5+json", "application/x-custom", "text/x-null");

    [Test]
    public void Raw_value_is_the_slice_that_was_sent()
    {
        _bundle.TryGetRaw("application/json", out var json).Should().BeTrue();

        Encoding.UTF8.GetString(json.Bytes.Span).Should().Be("""{"a": [1, "2024-01-01T00:00:00Z"]}""");
        _bundle.GetText("application/json").Should().Be("""{"a": [1, "2024-01-01T00:00:00Z"]}""");
    }

    [TestCase("""{"a":1}""", """{"a":1}""")]
    [TestCase("""[1,"x"]""", """[1,"x"]""")]
    [TestCase("""[["a"],{}]""", """[["a"],{}]""")]
    [TestCase("1.50", "1.50")]
    [TestCase("true", "true")]
    [TestCase("""["a","b"]""", "ab")]
    [TestCase("[]", "")]
    public void Value_that_is_not_text_is_read_as_its_json(string value, string text) =>
        new MimeBundle(Encoding.UTF8.GetBytes($$"""{"text/html":{{value}}}""")).Html.Should().Be(text);

    [Test]
    public void Absent_representations_are_null()
    {
        MimeBundle.Empty.Text.Should().BeNull();
        MimeBundle.Empty.Png.Should().BeNull();
        MimeBundle.Empty.PngBase64.Should().BeNull();
        MimeBundle.Empty.Json.Should().BeNull();
        MimeBundle.Empty.MediaTypes.Should().BeEmpty();
    }

    [TestCase("\"no base64!\"")]
    [TestCase("\"iVBOR\"")]
    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("true")]
    public void Image_that_is_not_base64_is_null(string value) =>
        Bundle($$"""{"image/png":{{value}}}""").Png.Should().BeNull();

    [Test]
    public void Base64_may_come_in_lines_or_as_a_list_of_lines()
    {
        var image = new byte[300];
        new Random(1).NextBytes(image);
        var lines = Convert.ToBase64String(image, Base64FormattingOptions.InsertLineBreaks).Split("\r\n");

        new MimeBundle(new JObject { ["image/png"] = string.Join('\n', lines) }).Png.Should().Equal(image);
        new MimeBundle(new JObject { ["image/png"] = new JArray(lines) }).Png.Should().Equal(image);
    }

    [Test]
    public void Bundle_of_an_object_model_has_the_same_values()
    {
        var bundle = new MimeBundle(JObject.Parse(Everything));

        bundle.MediaTypes.Should().Equal(_bundle.MediaTypes);
        bundle.Html.Should().Be("<b>bold</b>");
    }

    [Test]
    public void Last_of_equal_media_types_counts() => Bundle("""{"text/plain":"a","text/plain":"b"}""").Text.Should().Be("b");

    [Test]
    public void Detached_bundle_does_not_notice_that_its_message_is_gone()
    {
        var bytes = """{"text/plain":"a"}"""u8.ToArray();
        var detached = new MimeBundle(bytes).Detach();
        bytes.AsSpan().Fill(0xff);

        detached.Text.Should().Be("a");
    }

    [Test]
    public void Bundle_that_is_not_json_throws_when_it_is_read() =>
        FluentActions.Invoking(() => Bundle("""{"text/plain":""").Text).Should().Throw<MessageFormatException>();

    [Test]
    public void Text_of_a_bundle_shows_no_values() => _bundle.ToString().Should().NotContain("plain").And.Contain("bytes");

    private static MimeBundle Bundle(string json) => new(Encoding.UTF8.GetBytes(json));
}
