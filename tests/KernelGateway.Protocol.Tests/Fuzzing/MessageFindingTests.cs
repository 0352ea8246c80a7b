using System.Text;
using FluentAssertions;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Mime;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Fuzzing;

/// <summary>Messages that once caused a defect.</summary>
public sealed class MessageFindingTests
{
    private static IReadOnlyList<Finding> Findings => Finding.Load("messages");

    [TestCaseSource(nameof(Findings))]
    public void A_finding_is_read_with_documented_exceptions_only(Finding finding)
    {
        var message = new FuzzedMessage([.. finding.Parts.Select(part => part.Bytes)], MessageSigner.Disabled);

        FluentActions.Invoking(() => MessageReading.Read(message, "execute_reply")).Should().NotThrow(finding.About);
    }

    [Test]
    public void A_string_in_place_of_a_list_has_no_items_with_any_escapes()
    {
        var count = 0;
        foreach (var _ in new RawJson("\"\\x\""u8.ToArray()).EnumerateArray()) count++;

        count.Should().Be(0);
        KernelInfoReply.Read("""{"status":"ok","implementation":"i","help_links":"\x"}"""u8.ToArray()).Implementation.Should().Be("i");
    }

    // Before the fix the conversion took minutes, on the thread that reads the kernel.
    [Test]
    public void A_whole_number_of_very_many_digits_is_passed_on_but_not_built()
    {
        var digits = new string('7', 5_000_000);
        var content = Encoding.UTF8.GetBytes($$$"""{"user_expressions":{"a":{{{digits}}}}}""");

        FluentActions.Invoking(() => ExecuteReply.Read(content)).Should().Throw<MessageFormatException>();
        new RawJson(Encoding.UTF8.GetBytes(digits[..10_000])).AsToken().ToString().Should().Be(digits[..10_000]);
    }

    // Before the fix each type was compared with all earlier ones, which took minutes. This test would then not end; it measures no time.
    [Test]
    public void A_bundle_of_very_many_media_types_is_indexed_in_one_pass()
    {
        const int Types = 300_000;
        var json = new StringBuilder("{");
        for (var i = 0; i < Types; i++) json.Append("\"t/").Append(i % (Types - 1)).Append("\":").Append(i).Append(',');
        json[^1] = '}';

        var bundle = new MimeBundle(Encoding.UTF8.GetBytes(json.ToString()));

        bundle.MediaTypes.Should().HaveCount(Types - 1);
        bundle.GetText("t/0").Should().Be($"{Types - 1}", "the last one of duplicate names counts");
    }
}
