using System.Text;
using FluentAssertions;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Comms;
using KernelGateway.Protocol.Messages.Control;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Messages.Stdin;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Messages;

public class WrittenContentTests
{
    private static readonly ErrorOutput Failure = new() { Name = "E", Value = "v", Traceback = ["a", "b"] };

    private static readonly object[] Contents =
    [
        Case(new ExecuteRequest { Code = "1 < 2 && 'ä\n'" },
            """{"code":"1 < 2 && 'ä\n'","silent":false,"store_history":true,"user_expressions":{},"allow_stdin":true,"stop_on_error":true}"""),
        Case(new ExecuteRequest { Code = "", IsSilent = true, StoreHistory = false, UserExpressions = new JObject { ["x"] = "y" }, AllowStdin = false, StopOnError = false },
            """{"code":"","silent":true,"store_history":false,"user_expressions":{"x":"y"},"allow_stdin":false,"stop_on_error":false}"""),
        Case(new ExecuteReply { ExecutionCount = 3 },
            """{"status":"ok","execution_count":3,"payload":[],"user_expressions":{}}"""),
        Case(new ExecuteReply { Status = ReplyStatus.Error, Error = Failure, ExecutionCount = 4 },
            """{"status":"error","ename":"E","evalue":"v","traceback":["a","b"],"execution_count":4}"""),
        Case(new ExecuteReply { Status = ReplyStatus.Aborted }, """{"status":"aborted"}"""),
        Case(new InspectRequest { Code = "a", CursorPosition = 1 }, """{"code":"a","cursor_pos":1,"detail_level":0}"""),
        Case(new InspectReply { IsFound = true, Data = new MimeBundle(new JObject { ["text/plain"] = "t" }) },
            """{"status":"ok","found":true,"data":{"text/plain":"t"},"metadata":{}}"""),
        Case(new CompleteRequest { Code = "a", CursorPosition = 1 }, """{"code":"a","cursor_pos":1}"""),
        Case(new CompleteReply { Matches = ["ab"], CursorEnd = 1 },
            """{"status":"ok","matches":["ab"],"cursor_start":0,"cursor_end":1,"metadata":{}}"""),
        Case(new IsCompleteRequest { Code = "a" }, """{"code":"a"}"""),
        Case(new IsCompleteReply { Status = CompletenessStatus.Complete }, """{"status":"complete"}"""),
        Case(new IsCompleteReply { Status = CompletenessStatus.Incomplete, Indent = "  " }, """{"status":"incomplete","indent":"  "}"""),
        Case(new IsCompleteReply { Status = CompletenessStatus.Invalid }, """{"status":"invalid"}"""),
        Case(new IsCompleteReply(), """{"status":"unknown"}"""),
        Case(new HistoryRequest { Count = 10 }, """{"output":false,"raw":true,"hist_access_type":"tail","n":10}"""),
        Case(new HistoryRequest { AccessType = "range", Session = -1, Start = 1, Stop = 5, IncludeOutput = true },
            """{"output":true,"raw":true,"hist_access_type":"range","session":-1,"start":1,"stop":5}"""),
        Case(new HistoryRequest { AccessType = "search", Pattern = "a*", Count = 1, IsUnique = true },
            """{"output":false,"raw":true,"hist_access_type":"search","n":1,"pattern":"a*","unique":true}"""),
        Case(new HistoryReply { History = [new(1, 2, "a"), new(1, 3, "b", "c")] },
            """{"status":"ok","history":[[1,2,"a"],[1,3,["b","c"]]]}"""),
        Case(new CommInfoRequest(), "{}"),
        Case(new CommInfoRequest { TargetName = "t" }, """{"target_name":"t"}"""),
        Case(new CommInfoReply { Comms = new Dictionary<string, string> { ["c"] = "t" } },
            """{"status":"ok","comms":{"c":{"target_name":"t"}}}"""),
        Case(new ConnectRequest(), "{}"),
        Case(new ConnectReply { ShellPort = 1, IOPubPort = 2, StdinPort = 3, ControlPort = 4, HeartbeatPort = 5 },
            """{"status":"ok","shell_port":1,"iopub_port":2,"stdin_port":3,"control_port":4,"hb_port":5}"""),
        Case(new KernelInfoRequest(), "{}"),
        Case(new KernelInfoReply
        {
            ProtocolVersion = "5.5", Implementation = "i", ImplementationVersion = "1", Banner = "b", HelpLinks = [new("t", "u")],
            HasDebugger = true, SupportedFeatures = ["debugger"],
            LanguageInfo = new LanguageInfo
            {
                Name = "l", Version = "2", MediaType = "m", FileExtension = ".l", PygmentsLexer = "p", NotebookExporter = "n",
                CodeMirrorMode = new JObject { ["name"] = "c" },
            },
        },
            """{"status":"ok","protocol_version":"5.5","implementation":"i","implementation_version":"1","language_info":{"name":"l","version":"2","mimetype":"m","file_extension":".l","pygments_lexer":"p","codemirror_mode":{"name":"c"},"nbconvert_exporter":"n"},"banner":"b","help_links":[{"text":"t","url":"u"}],"debugger":true,"supported_features":["debugger"]}"""),
        Case(new ShutdownRequest { IsRestart = true }, """{"restart":true}"""),
        Case(new ShutdownReply { IsRestart = true }, """{"status":"ok","restart":true}"""),
        Case(new InterruptRequest(), "{}"),
        Case(new InterruptReply(), """{"status":"ok"}"""),
        Case(new DebugRequest { Body = new JObject { ["seq"] = 1 } }, """{"seq":1}"""),
        Case(new DebugReply { Body = new JObject { ["seq"] = 2 } }, """{"seq":2}"""),
        Case(new DebugEvent { Body = new JObject { ["seq"] = 3 } }, """{"seq":3}"""),
        Case(new CreateSubshellRequest(), "{}"),
        Case(new CreateSubshellReply { SubshellId = "s" }, """{"status":"ok","subshell_id":"s"}"""),
        Case(new DeleteSubshellRequest { SubshellId = "s" }, """{"subshell_id":"s"}"""),
        Case(new DeleteSubshellReply(), """{"status":"ok"}"""),
        Case(new ListSubshellRequest(), "{}"),
        Case(new ListSubshellReply { SubshellIds = ["s"] }, """{"status":"ok","subshell_id":["s"]}"""),
        Case(new InputRequest { Prompt = "p", IsPassword = true }, """{"prompt":"p","password":true}"""),
        Case(new InputReply { Value = "v" }, """{"value":"v"}"""),
        Case(new CommOpen { CommId = "c", TargetName = "t", TargetModule = "m", Data = new JObject { ["d"] = 1 } },
            """{"comm_id":"c","target_name":"t","target_module":"m","data":{"d":1}}"""),
        Case(new CommMessage { CommId = "c" }, """{"comm_id":"c","data":{}}"""),
        Case(new CommClose { CommId = "c" }, """{"comm_id":"c","data":{}}"""),
        Case(new StatusOutput { ExecutionState = ExecutionState.Busy }, """{"execution_state":"busy"}"""),
        Case(new StreamOutput { Name = "stderr", Text = "\u001b[0m" }, """{"name":"stderr","text":"\u001B[0m"}"""),
        Case(new DisplayData { Data = new MimeBundle(new JObject { ["text/plain"] = "t" }), DisplayId = "d" },
            """{"data":{"text/plain":"t"},"metadata":{},"transient":{"display_id":"d"}}"""),
        Case(new UpdateDisplayData { DisplayId = "d", Metadata = new JObject { ["m"] = 1 } },
            """{"data":{},"metadata":{"m":1},"transient":{"display_id":"d"}}"""),
        Case(new ExecuteInput { Code = "c", ExecutionCount = 1 }, """{"code":"c","execution_count":1}"""),
        Case(new ExecuteResult { ExecutionCount = 1 }, """{"execution_count":1,"data":{},"metadata":{},"transient":{}}"""),
        Case(Failure, """{"ename":"E","evalue":"v","traceback":["a","b"]}"""),
        Case(new ClearOutput { IsWaiting = true }, """{"wait":true}"""),
        Case(new IOPubWelcome { Subscription = "s" }, """{"subscription":"s"}"""),
    ];

    [TestCaseSource(nameof(Contents))]
    public void Content_is_written_as_the_specification_says_and_read_back(string messageType, ReadOnlyMemory<byte> written, string expected)
    {
        Encoding.UTF8.GetString(written.Span).Should().Be(expected);

        // Reading and writing the content with the general writer gives the same object.
        var typed = TypedContents.ByMessageType[messageType];
        JToken.DeepEquals(JToken.Parse(typed.Write(typed.Read(written))), JToken.Parse(expected)).Should().BeTrue();
    }

    [Test]
    public void Every_content_type_is_written_here() =>
        Contents.Cast<TestCaseData>().Select(data => (string)data.Arguments[0]!).Distinct()
            .Should().BeEquivalentTo(TypedContents.MessageTypes);

    private static TestCaseData Case<T>(T content, string expected)
        where T : IMessageContent<T>
    {
        var message = new MessageFactory("s", "u").Create(content);
        return new TestCaseData(message.MessageType, message.RawContent, expected).SetArgDisplayNames(message.MessageType, expected);
    }
}
