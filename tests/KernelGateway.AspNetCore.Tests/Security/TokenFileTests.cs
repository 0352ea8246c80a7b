using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Security;
using KernelGateway.AspNetCore.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Security;

public sealed class TokenFileTests
{
    private static readonly string DigestOfSecret = Convert.ToHexString(AccessToken.Digest("secret"));

    [Test]
    public void Every_line_is_a_name_a_token_and_an_expiry_if_wanted()
    {
        var tokens = Parse("# who\n\n  alice   s3cret!  \r\nbob\tother 2027-01-31\nci x 2027-01-31T12:30:00+02:00\ncd y 2027-01-31T12:30Z");

        tokens.Select(token => token.Name).Should().Equal("alice", "bob", "ci", "cd");
        tokens.Select(token => token.Expires?.UtcDateTime).Should().Equal(
            null, new DateTime(2027, 1, 31), new DateTime(2027, 1, 31, 10, 30, 0), new DateTime(2027, 1, 31, 12, 30, 0));
        tokens[0].Matches(AccessToken.Digest("s3cret!")).Should().BeTrue();
        tokens[0].Matches(AccessToken.Digest("other")).Should().BeFalse();
    }

    [Test]
    public void A_digest_stands_for_its_token()
    {
        var tokens = Parse($"a sha256:{DigestOfSecret}\nb SHA256:{new string('0', 64)}");

        tokens[0].Matches(AccessToken.Digest("secret")).Should().BeTrue();
        tokens[1].Matches(AccessToken.Digest("secret")).Should().BeFalse();
    }

    [TestCase("", TestName = "An_empty_file_has_no_tokens")]
    [TestCase("\uFEFF# comment only\n", TestName = "A_byte_order_mark_is_not_part_of_a_line")]
    public void A_file_may_be_without_tokens(string text) => Parse(text).Should().BeEmpty();

    [TestCase("alice", 1, "NAME TOKEN")]
    [TestCase("ok token\nalice topsecret 2027-01-31 more", 2, "NAME TOKEN")]
    [TestCase("al/ice topsecret", 1, "name is not")]
    [TestCase("default topsecret", 1, "not from a file")]
    [TestCase("a topsecret\na other", 2, "'a' is there twice")]
    [TestCase("a topsecret\nb topsecret", 2, "'b' has another name")]
    [TestCase("a topsecret\u00e9", 1, "printable ASCII")]
    [TestCase("a sha256:topsecret", 1, "hexadecimal")]
    [TestCase("a topsecret tomorrow", 1, "expiry")]
    [TestCase("a topsecret 2027-02-30", 1, "expiry")]
    public void A_malformed_line_is_named_by_its_number_and_never_quoted(string text, int line, string problem)
    {
        var parsing = () => Parse(text);

        parsing.Should().Throw<TokenFileException>().Which.Message.Should().StartWith($"Line {line}: ").And.Contain(problem).And.NotContain("topsecret");
    }

    [Test]
    public void A_name_is_at_most_64_characters_long()
    {
        Parse($"{new string('n', 64)} token").Should().ContainSingle();
        FluentActions.Invoking(() => Parse($"{new string('n', 65)} token")).Should().Throw<TokenFileException>();
    }

    [Test]
    public void Bytes_that_are_not_UTF8_are_refused()
    {
        var parsing = () => TokenFile.Parse([(byte)'a', (byte)' ', 0xFF]);

        parsing.Should().Throw<TokenFileException>().WithMessage("*UTF-8*");
    }

    [TestCase(UnixFileMode.OtherRead)]
    [TestCase(UnixFileMode.OtherWrite)]
    [TestCase(UnixFileMode.GroupWrite)]
    [Platform("Linux")]
    public void A_file_that_others_can_read_or_its_group_can_change_is_refused(UnixFileMode more)
    {
        using var file = new TokenFileFixture("a token");
        file.SetMode(UnixFileMode.UserRead | UnixFileMode.GroupRead);
        TokenFile.Read(file.Path).Should().Equal("a token\n"u8.ToArray());

        file.SetMode(UnixFileMode.UserRead | more);

        FluentActions.Invoking(() => TokenFile.Read(file.Path)).Should().Throw<TokenFileException>().WithMessage("*chmod 600*");
    }

    [Test]
    public void A_missing_file_is_refused()
    {
        using var file = new TokenFileFixture();
        file.Delete();

        FluentActions.Invoking(() => TokenFile.Read(file.Path)).Should().Throw<TokenFileException>();
    }

    private static IReadOnlyList<AccessToken> Parse(string text) => TokenFile.Parse(Encoding.UTF8.GetBytes(text));
}
