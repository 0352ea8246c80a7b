using System.Text;
using FluentAssertions;
using KernelGateway.Protocol.Wire;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Wire;

public class MessageSignerTests
{
    private static readonly byte[] Header = Encoding.UTF8.GetBytes(
        """{"msg_id":"1","session":"s","username":"u","date":"2024-01-02T03:04:05.000006Z","msg_type":"kernel_info_request","version":"5.3"}""");

    private static readonly byte[] Empty = "{}"u8.ToArray();

    [TestCase("hmac-sha256", "afc28ebc8619dc4fa64098efa881673feba408739b0c070b87da1becc691c1bc")]
    [TestCase("hmac-md5", "ff95aacc450edadd619ae6458fc4d18a")]
    [TestCase("hmac-sha512", "358531da5963b54b2c5ed3802e716eade9f2a0bb4a4905bbaa7b23089a774f74"
        + "ded5dfad9472fb1a89c9a9745a91710b6837ceff99e247851f7c5efdce1ecbf0")]
    public void Signature_is_the_one_of_the_reference(string scheme, string expected)
    {
        var signer = MessageSigner.Create("secret", scheme);

        var signature = signer.Sign(Header, Empty, Empty, Empty);

        Encoding.ASCII.GetString(signature.Span).Should().Be(expected);
        signer.Verify(signature.Span, Header, Empty, Empty, Empty).Should().BeTrue();
        signer.Scheme.Should().Be(scheme);
    }

    [Test]
    public void Key_that_looks_like_a_guid_is_used_as_text() =>
        Encoding.ASCII.GetString(MessageSigner.Create("a0436f6c-1916-498b-8eb9-e81ab9368e84").Sign(Empty, Empty, Empty, Empty).Span)
            .Should().Be("c5725711611a71f369d996132f096424c55c73e5d7d3a69996ec21f94b2774a1");

    [Test]
    public void Empty_key_signs_with_nothing_and_accepts_anything()
    {
        MessageSigner.Disabled.IsEnabled.Should().BeFalse();
        MessageSigner.Disabled.Sign(Header, Empty, Empty, Empty).IsEmpty.Should().BeTrue();
        MessageSigner.Disabled.Verify("0123"u8, Header, Empty, Empty, Empty).Should().BeTrue("IRkernel signs messages even without a key");
    }

    [TestCase("hmac-sha3")]
    [TestCase("HMAC-SHA256")]
    [TestCase("sha256")]
    [TestCase("")]
    public void Unknown_scheme_is_named_and_the_known_ones_are_listed(string scheme) =>
        FluentActions.Invoking(() => MessageSigner.Create("secret", scheme)).Should().Throw<NotSupportedException>()
            .WithMessage($"*'{scheme}'*hmac-sha256*");

    [Test]
    public void Change_of_any_part_makes_the_signature_wrong([Range(0, 3)] int part)
    {
        var signer = MessageSigner.Create("secret");
        byte[][] parts = [[.. Header], [.. Empty], [.. Empty], [.. Empty]];
        var signature = signer.Sign(parts[0], parts[1], parts[2], parts[3]);

        parts[part][0] ^= 1;

        signer.Verify(signature.Span, parts[0], parts[1], parts[2], parts[3]).Should().BeFalse();
    }

    [Test]
    public void Signature_that_is_cut_short_or_too_long_or_in_capitals_or_no_hex_is_wrong()
    {
        var signer = MessageSigner.Create("secret");
        var signature = signer.Sign(Header, Empty, Empty, Empty).ToArray();

        for (var length = 0; length < signature.Length; length++)
            signer.Verify(signature.AsSpan(0, length), Header, Empty, Empty, Empty)
                .Should().BeFalse($"{length} digits are too few");
        signer.Verify([.. signature, (byte)'0'], Header, Empty, Empty, Empty).Should().BeFalse();
        signer.Verify(new byte[signature.Length], Header, Empty, Empty, Empty).Should().BeFalse();
        signer.Verify(Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(signature).ToUpperInvariant()), Header, Empty, Empty, Empty)
            .Should().BeFalse("signatures have lower-case digits");
    }

    [Test]
    public async Task Many_threads_sign_and_verify_at_once()
    {
        var signer = MessageSigner.Create("secret");
        var contents = Enumerable.Range(0, 16).Select(i => new byte[1000 * (i + 1)]).ToArray();
        var expected = contents.Select(content => signer.Sign(Header, Empty, Empty, content).ToArray()).ToArray();

        await Parallel.ForAsync(0, 2000, (i, _) =>
        {
            var content = contents[i % contents.Length];
            signer.Sign(Header, Empty, Empty, content).ToArray().Should().Equal(expected[i % contents.Length]);
            signer.Verify(expected[i % contents.Length], Header, Empty, Empty, content).Should().BeTrue();
            return ValueTask.CompletedTask;
        });
    }

    [Test]
    public void Verifying_allocates_nothing()
    {
        var signer = MessageSigner.Create("secret");
        var signature = signer.Sign(Header, Empty, Empty, Empty);
        signer.Verify(signature.Span, Header, Empty, Empty, Empty).Should().BeTrue();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) signer.Verify(signature.Span, Header, Empty, Empty, Empty);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }
}
