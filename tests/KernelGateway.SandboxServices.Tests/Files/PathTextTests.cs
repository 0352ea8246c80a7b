using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Files;

public sealed class PathTextTests
{
    [TestCase("plain.txt")]
    [TestCase("grüße 😀.txt")]
    [TestCase("a\nb")]
    public void Utf8_stays_as_it_is(string text) => PathText.Decode(PathText.Encode(text)).Should().Be(text);

    [Test]
    public void Latin1_byte_becomes_one_character_of_the_private_use_area() =>
        PathText.Decode("caf\xE9.txt".ToLatin1()).Should().Be("caf\uEFE9.txt");

    [Test]
    public void Every_name_of_two_bytes_leads_back_to_its_bytes()
    {
        for (var first = 1; first < 256; first++)
        {
            for (var second = 1; second < 256; second++)
            {
                byte[] name = [(byte)first, (byte)second];
                PathText.Encode(PathText.Decode(name)).Should().Equal([.. name, 0]);
            }
        }
    }

    [TestCase(new byte[] { 0xE2, 0x82 })]
    [TestCase(new byte[] { 0xF0, 0x9F, 0x98 })]
    [TestCase(new byte[] { 0xED, 0xA0, 0x80 })]
    [TestCase(new byte[] { 0xC0, 0xAF })]
    public void Cut_or_forbidden_sequence_leads_back_to_its_bytes(byte[] name) =>
        PathText.Encode(PathText.Decode(name)).Should().Equal([.. name, 0]);

    [Test]
    public void Name_that_contains_an_escape_in_proper_utf8_differs_from_the_byte_that_it_stands_for()
    {
        byte[] proper = [0xEE, 0xBF, 0xA9];                // U+EFE9

        var text = PathText.Decode(proper);

        text.Should().Be("\uEFEE\uEFBF\uEFA9");
        PathText.Encode(text).Should().Equal([.. proper, 0]);
    }

    // Attribute arguments cannot contain half a surrogate pair, so the text is passed as two characters.
    [TestCase('a', '\0')]
    [TestCase('\uD800', 'b')]
    [TestCase('a', '\uDC00')]
    public void Text_that_is_not_a_path_is_refused(char first, char second)
    {
        var encode = () => PathText.Encode($"{first}{second}");

        encode.Should().Throw<SandboxFileException>().Which.Reason.Should().Be(FileErrorReason.InvalidPath);
    }

    [Test]
    public void Path_of_4096_bytes_is_too_long()
    {
        var encode = () => PathText.Encode(new string('ü', 2048));

        encode.Should().Throw<SandboxFileException>().Which.Reason.Should().Be(FileErrorReason.PathTooLong);
    }
}

file static class Latin1
{
    // Returns one byte for each character.
    public static byte[] ToLatin1(this string text) => System.Text.Encoding.Latin1.GetBytes(text);
}
