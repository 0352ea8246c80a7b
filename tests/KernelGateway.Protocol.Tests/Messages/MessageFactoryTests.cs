using System.Globalization;
using System.Text;
using FluentAssertions;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Messages;

public class MessageFactoryTests
{
    [Test]
    public void Header_has_all_fields_in_the_form_of_the_specification()
    {
        var clock = new FixedTime(new DateTimeOffset(2026, 1, 2, 5, 4, 5, TimeSpan.FromHours(2)).AddTicks(60));
        var factory = new MessageFactory("session-1", "somebody", clock);

        var request = factory.Create(new KernelInfoRequest());

        Encoding.UTF8.GetString(request.RawHeader.Span).Should().Be(
            """{"msg_id":"session-1_1","session":"session-1","username":"somebody","date":"2026-01-02T03:04:05.0000060Z","msg_type":"kernel_info_request","version":"5.4"}""");
        Encoding.UTF8.GetString(request.RawParentHeader.Span).Should().Be("{}");
        Encoding.UTF8.GetString(request.RawMetadata.Span).Should().Be("{}");
        Encoding.UTF8.GetString(request.RawContent.Span).Should().Be("{}");
    }

    [Test]
    public void Date_is_not_one_that_Python_kernels_compute_with()
    {
        // jupyter_client's pattern for dates that it parses with dateutil, whose arithmetic depends on the decimal context of the user's code.
        const string Computed = @"^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,6})?(Z|([\+\-]\d{2}:?\d{2}))?$";

        var date = MessageFactory.StartSession().CreateHeader("kernel_info_request").Date;

        date.Should().NotMatchRegex(Computed);
        DateTimeOffset.TryParse(date, CultureInfo.InvariantCulture, out _).Should().BeTrue("it is still a valid date in ISO 8601");
    }

    [Test]
    public void Subshell_is_named_in_the_header()
    {
        var request = new MessageFactory("s", "u").Create(new ExecuteRequest { Code = "1" }, subshellId: "sub");

        request.Header.SubshellId.Should().Be("sub");
        Encoding.UTF8.GetString(request.RawHeader.Span).Should().EndWith(""","subshell_id":"sub"}""");
    }

    [Test]
    public async Task Ids_never_repeat_with_concurrent_callers()
    {
        var factory = MessageFactory.StartSession("u");
        var ids = new string[1000];

        await Parallel.ForAsync(0, ids.Length, (i, _) =>
        {
            ids[i] = factory.CreateHeader("t").MessageId;
            return ValueTask.CompletedTask;
        });

        ids.Should().OnlyHaveUniqueItems();
        MessageFactory.StartSession("u").SessionId.Should().NotBe(factory.SessionId);
    }

    [Test]
    public void Parent_header_is_copied_byte_for_byte_even_where_it_is_odd()
    {
        var oddHeader = """{ "msg_type":"execute_request", "date" : 12.5, "msg_id":"x","extra":[1] }"""u8.ToArray();
        JupyterMessage.TryCreateRaw(
            oddHeader, "{}"u8.ToArray(), "{}"u8.ToArray(), "{}"u8.ToArray(), [], out var request, out _).Should().BeTrue();

        var reply = new MessageFactory("s", "u").CreateReply(request!, new ExecuteReply());
        var raw = new MessageFactory("s", "u").Create("execute_reply", "{}"u8.ToArray(), request);

        reply.RawParentHeader.ToArray().Should().Equal(oddHeader);
        raw.RawParentHeader.ToArray().Should().Equal(oddHeader);
        reply.ParentMessageId.Should().Be("x");
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
