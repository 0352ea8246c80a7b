using System.Text;
using FluentAssertions;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Comms;
using KernelGateway.Protocol.Messages.Control;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Messages.Stdin;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Messages;

/// <summary>Deviations of real kernels from the specification, recorded ones and possible ones.</summary>
public class LenientContentTests
{
    private static readonly string[] WrongValues = ["null", "true", "1", "-1.5", "\"x\"", "\"\"", "[]", "[1,null,\"x\",[],{}]", "{}", "{\"a\":null}"];

    [Test]
    public void Octave_sends_its_version_as_a_list() =>
        Last<KernelInfoReply>("octave").ImplementationVersion.Should().Be("0.32.0");

    [Test]
    public void Octave_sends_null_for_the_numbers_of_its_history() =>
        Last<HistoryReply>("octave").History.Should().Equal(new HistoryEntry(null, null, "printf(\"alive\\n\")"));

    [Test]
    public void Octave_answers_a_shutdown_with_an_empty_object() =>
        Last<ShutdownReply>("octave").Should().Be(new ShutdownReply());

    [Test]
    public void Octave_says_incomplete_without_an_indent() =>
        Last<IsCompleteReply>("octave").Should().Be(new IsCompleteReply { Status = CompletenessStatus.Incomplete });

    [Test]
    public void Xeus_sends_the_numbers_of_its_history_as_strings()
    {
        var entry = Last<HistoryReply>("xpython").History[^1];

        entry.Session.Should().Be(0);
        entry.Line.Should().Be(1);
        entry.Input.Should().Be("1/0");
    }

    [Test]
    public void Xeus_answers_an_interrupt_with_an_empty_object() =>
        Last<InterruptReply>("xpython").Status.Should().Be(ReplyStatus.Ok);

    [Test]
    public void Xeus_calls_the_password_pwd()
    {
        Last<InputRequest>("xpython").Should().Be(new InputRequest { Prompt = "name? " });
        Read<InputRequest>("""{"prompt":"p","pwd":true}""").IsPassword.Should().BeTrue();
    }

    [Test]
    public void Xeus_aborts_with_a_bare_error()
    {
        var aborted = All<ExecuteReply>("xpython").Where(reply => reply.IsAborted).ToArray();

        aborted.Should().HaveCount(2).And.OnlyContain(reply => reply.Status == ReplyStatus.Error && reply.Error == null);
        All<ExecuteReply>("xpython")
            .Should().Contain(reply => reply.Error != null && reply.Error.Name == "<class 'ZeroDivisionError'>");
    }

    [Test]
    public void Irkernel_says_abort_for_an_interrupted_cell() =>
        All<ExecuteReply>("irkernel").Should().Contain(reply => reply.Status == ReplyStatus.Aborted && reply.ExecutionCount == 9);

    [Test]
    public void Irkernel_nests_its_list_of_comms() =>
        Last<CommInfoReply>("irkernel").Comms.Should().BeEmpty();

    [Test]
    public void Nested_list_of_comms_is_read() =>
        Read<CommInfoReply>("""{"content":{"comms":{"a":{"target_name":"t"}}},"status":"ok"}""").Comms.Should().Equal(
            new Dictionary<string, string> { ["a"] = "t" });

    [Test]
    public void Ipykernel_omits_the_counter_of_aborted_cells()
    {
        var aborted = All<ExecuteReply>("ipykernel").Where(reply => reply.IsAborted).ToArray();

        aborted
            .Should().HaveCount(2).And.OnlyContain(reply => reply.Status == ReplyStatus.Aborted && reply.ExecutionCount == null);
    }

    [Test]
    public void Macaulay2_sends_null_for_a_counter() =>
        All<ExecuteReply>("m2").Should().Contain(reply => reply.Status == ReplyStatus.Ok && reply.ExecutionCount == null);

    [Test]
    public void Traceback_that_is_one_string_is_a_list_of_one() =>
        Read<ErrorOutput>("""{"ename":"","evalue":"v","traceback":"octave"}""").Traceback.Should().Equal("octave");

    [Test]
    public void Comm_with_a_list_as_data_has_no_data() =>
        Read<CommClose>("""{"comm_id":"c","data":[]}""").Data.Should().BeEmpty();

    [Test]
    public void Displays_without_transient_have_no_id()
    {
        Read<DisplayData>("""{"data":{},"metadata":{},"transient":{"display_id":"d"}}""").DisplayId.Should().Be("d");
        Read<DisplayData>("""{"data":{},"metadata":{},"transient":{}}""").DisplayId.Should().BeNull();
        Read<DisplayData>("""{"data":{},"metadata":{},"transient":null}""").DisplayId.Should().BeNull();
        Read<ExecuteResult>("""{"data":{}}""").DisplayId.Should().BeNull();
    }

    [TestCase("starting", ExecutionState.Starting)]
    [TestCase("busy", ExecutionState.Busy)]
    [TestCase("idle", ExecutionState.Idle)]
    [TestCase("restarting", ExecutionState.Restarting)]
    [TestCase("autorestarting", ExecutionState.Restarting)]
    [TestCase("dead", ExecutionState.Dead)]
    [TestCase("meditating", ExecutionState.Unknown)]
    public void Execution_states_are_read(string wire, ExecutionState state) =>
        Read<StatusOutput>($$"""{"execution_state":"{{wire}}"}""").ExecutionState.Should().Be(state);

    [TestCase("{}", ReplyStatus.Ok, false)]
    [TestCase("""{"status":"ok"}""", ReplyStatus.Ok, false)]
    [TestCase("""{"status":"error"}""", ReplyStatus.Error, true)]
    [TestCase("""{"status":"error","ename":"E"}""", ReplyStatus.Error, false)]
    [TestCase("""{"status":"aborted"}""", ReplyStatus.Aborted, true)]
    [TestCase("""{"status":"abort"}""", ReplyStatus.Aborted, true)]
    public void Reply_status_is_read_and_its_absence_means_ok(string content, ReplyStatus status, bool isAborted)
    {
        var reply = Read<ExecuteReply>(content);

        reply.Status.Should().Be(status);
        reply.IsAborted.Should().Be(isAborted);
    }

    [Test]
    public void Supported_features_tell_of_a_debugger_as_well()
    {
        Read<KernelInfoReply>("""{"supported_features":["debugger"]}""").HasDebugger.Should().BeTrue();
        Read<KernelInfoReply>("""{"debugger":true}""").HasDebugger.Should().BeTrue();
        Read<KernelInfoReply>("{}").HasDebugger.Should().BeFalse();
    }

    [Test]
    public void Silent_request_without_store_history_stores_no_history() =>
        Read<ExecuteRequest>("""{"code":"1","silent":true}""").StoreHistory.Should().BeFalse();

    [TestCaseSource(typeof(TypedContents), nameof(TypedContents.MessageTypes))]
    public void Any_field_may_be_missing_or_of_a_wrong_type_and_the_rest_is_read(string messageType)
    {
        var typed = TypedContents.ByMessageType[messageType];
        var template = typed.Write(typed.Read("{}"u8.ToArray()));
        var names = Newtonsoft.Json.Linq.JObject.Parse(template).Properties().Select(property => property.Name)
            .Concat(["status", "ename", "evalue", "traceback", "transient", "unknown_field"]).Distinct();

        foreach (var name in names)
        {
            foreach (var value in WrongValues)
            {
                var content = Encoding.UTF8.GetBytes($$"""{"{{name}}":{{value}}}""");

                var written = typed.Write(typed.Read(content));

                typed.Write(typed.Read(Encoding.UTF8.GetBytes(written))).Should().Be(written, $"{name} was {value}");
            }
        }
    }

    [TestCaseSource(typeof(TypedContents), nameof(TypedContents.MessageTypes))]
    public void Content_that_is_empty_or_null_or_a_list_reads_as_no_fields(string messageType)
    {
        var typed = TypedContents.ByMessageType[messageType];
        var expected = typed.Write(typed.Read("{}"u8.ToArray()));

        foreach (var content in new[] { "", "null", "[]", " { } " }) typed.Write(typed.Read(Encoding.UTF8.GetBytes(content)))
            .Should().Be(expected);
    }

    [TestCaseSource(typeof(TypedContents), nameof(TypedContents.MessageTypes))]
    public void Content_cut_short_anywhere_is_refused(string messageType)
    {
        var typed = TypedContents.ByMessageType[messageType];
        var content = Encoding.UTF8.GetBytes("""{"code":"a","data":{"text/plain":["x"]},"comm_id":"c"}""");

        // Requests without any field accept every content.
        if (typed.Write(typed.Read("{}"u8.ToArray())) == "{}" && !messageType.StartsWith("debug", StringComparison.Ordinal)
            && messageType != MessageTypes.CommInfoRequest) return;
        for (var length = 1; length < content.Length; length++)
        {
            var cut = content.AsMemory(0, length);
            FluentActions.Invoking(() => typed.Read(cut)).Should().Throw<System.Reflection.TargetInvocationException>()
                .WithInnerException<MessageFormatException>($"{length} bytes are not JSON");
        }
    }

    private static T Read<T>(string content)
        where T : IMessageContent<T> => T.Read(Encoding.UTF8.GetBytes(content));

    private static T Last<T>(string kernel)
        where T : IMessageContent<T> => All<T>(kernel)[^1];

    private static List<T> All<T>(string kernel)
        where T : IMessageContent<T>
    {
        var conversation = RecordedConversation.Load(kernel);
        var codec = new WireCodec(conversation.CreateSigner());
        var contents = new List<T>();
        foreach (var recorded in conversation.Messages)
        {
            if (codec.TryDecode(recorded.Frames, out var message, out _, out _) && message.MessageType == T.MessageType)
                contents.Add(message.ReadContent<T>());
        }
        return contents;
    }
}
