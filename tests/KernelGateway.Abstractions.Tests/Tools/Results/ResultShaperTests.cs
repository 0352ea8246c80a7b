using System.Text;
using System.Text.RegularExpressions;
using FluentAssertions;
using KernelGateway.Abstractions.Tests.Support;
using KernelGateway.Executions;
using KernelGateway.Protocol.Mime;
using KernelGateway.Sandboxes;
using KernelGateway.Tools.Results;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Abstractions.Tests.Tools.Results;

/// <summary>What a model gets of an execution and of a command.</summary>
public sealed class ResultShaperTests
{
    private static readonly ExecutionEnd Completed = new() { Reason = ExecutionEndReason.Completed, IsComplete = true };

    [Test]
    public async Task Output_results_and_error_are_sections_of_one_text()
    {
        var result = await ShapeAsync(Result(
            stdout: ["a", "b\n"], stderr: ["careful\n"], outputs: [Plain("shown"), Plain("42")], error: new ExecutionError("KeyError", "'x'", [])));

        result.Text.Should().Be("stdout:\nab\n\nstderr:\ncareful\n\nresult:\nshown\n42\n\nerror:\nKeyError: 'x'");
        result.IsError.Should().BeTrue();
    }

    [Test]
    public async Task Code_without_output_says_so()
    {
        var result = await ShapeAsync(Result(stdout: ["\n"]));

        result.Should().BeEquivalentTo(new { Text = "The code ran without output.", IsError = false });
    }

    [Test]
    public async Task Colors_are_removed_and_a_progress_bar_is_in_its_last_state()
    {
        var result = await ShapeAsync(Result(stdout: ["\u001b[1;31mred\u001b[0m\r\n", "  1%\r 50%\r100%\n", "ab\bc\n", "kept\r"]));

        result.Text.Should().Be("stdout:\nred\n100%\nac\nkept");
    }

    [Test]
    public async Task Long_output_is_cut_between_lines_and_its_whole_is_in_a_file()
    {
        var files = new MemoryFiles();
        await using var shaper = new ResultShaper(new ResultShaperOptions { MaxTextLength = 300 }, files);
        var lines = Enumerable.Range(1, 1000).Select(number => $"line {number}\n").ToList();

        var result = await shaper.ShapeAsync(Result(stdout: lines));

        var (path, content) = files.Contents.Should().ContainSingle().Subject;
        Encoding.UTF8.GetString(content).Should().Be(string.Concat(lines));
        var text = result.Text.Split('\n');
        text.Should().StartWith(["stdout:", "line 1", "line 2"]).And.EndWith(["line 999", "line 1000"]);
        text.Where(line => !line.StartsWith("line ", StringComparison.Ordinal)).Skip(1).Should().ContainSingle()
            .Which.Should().MatchRegex($@"^\[\d+ characters are left out here\. The whole is in the file {Regex.Escape(path)}\.\]$");
        result.Text.Length.Should().BeLessThan(450);
    }

    [Test]
    public async Task Without_files_cut_output_has_an_advice()
    {
        var result = await ShapeAsync(Result(stdout: [new string('x', 9_000)]));

        result.Text.Should().Contain("[1000 characters are left out here. Print less, or write it to a file.]");
    }

    [Test]
    public async Task Full_disk_loses_the_file_and_not_the_result()
    {
        await using var shaper = new ResultShaper(files: new MemoryFiles { IsFull = true });

        var result = await shaper.ShapeAsync(Result(stdout: [new string('x', 9_000)]));

        result.Text.Should().Contain("Print less");
        result.IsError.Should().BeFalse();
    }

    [Test]
    public async Task Oldest_file_is_removed_when_there_are_too_many_and_all_when_disposed()
    {
        var files = new MemoryFiles { Contents = { ["/home/user/mine.txt"] = [1] } };
        await using var shaper = new ResultShaper(new ResultShaperOptions { MaxSavedFiles = 2 }, files);

        for (var number = 0; number < 4; number++) await shaper.ShapeAsync(Result(stdout: [new string('x', 9_000)]));
        var names = files.Contents.Keys.Select(path => path[(path.LastIndexOf('/') + 1)..]).ToList();
        await shaper.DisposeAsync();

        names.Should().Equal("mine.txt", "3-stdout.txt", "4-stdout.txt");
        files.Contents.Keys.Should().Equal("/home/user/mine.txt");
    }

    [Test]
    public async Task Cut_never_splits_a_character()
    {
        // Each of these characters is a pair of UTF-16 code units.
        var text = string.Concat(Enumerable.Repeat("\U0001F600", 400));
        for (var length = 200; length < 260; length++)
        {
            await using var shaper = new ResultShaper(new ResultShaperOptions { MaxTextLength = length });

            var result = await shaper.ShapeAsync(Result(stdout: [text]));

            new UTF8Encoding(false, throwOnInvalidBytes: true).Invoking(strict => strict.GetBytes(result.Text)).Should().NotThrow();
        }
    }

    [Test]
    public async Task Images_follow_the_text_and_what_is_not_shown_is_saved_and_named()
    {
        var files = new MemoryFiles();
        await using var shaper = new ResultShaper(new ResultShaperOptions { MaxImages = 2, MaxImageBytes = 10 }, files);
        var outputs = new[]
        {
            Output(("image/png", Convert.ToBase64String(new byte[5])), ("text/plain", "<Figure size 640x480 with 1 Axes>")),
            Output(("image/png", Convert.ToBase64String(new byte[11]))),
            Output(("image/jpeg", Convert.ToBase64String(new byte[10]))),
            Output(("image/gif", Convert.ToBase64String(new byte[1]))),
            Output(("image/svg+xml", "<svg/>")),
            Output(("image/png", "not base64")),
        };

        var result = await shaper.ShapeAsync(Result(outputs: outputs));

        result.Contents.OfType<ToolImage>().Select(image => (image.MediaType, image.Data.Length)).Should().Equal(("image/png", 5), ("image/jpeg", 10));
        result.Contents[0].Should().BeOfType<ToolText>();
        var directory = files.Contents.Keys.First()[..files.Contents.Keys.First().LastIndexOf('/')];
        result.Text.Should().Be(
            $"""
            result:
            [image 1: image/png, 5 bytes, <Figure size 640x480 with 1 Axes>]
            [image/png of 11 bytes; not shown, because it is larger than 10 bytes; it is in the file {directory}/1-display.png]
            [image 2: image/jpeg, 10 bytes]
            [image/gif of 1 bytes; not shown, because a result has at most 2 images; it is in the file {directory}/2-display.gif]
            [image/svg+xml of 6 bytes; not shown, because models do not read this kind; it is in the file {directory}/3-display.svg]
            [image/png that cannot be read]
            """);
    }

    [Test]
    public async Task Images_can_be_turned_off()
    {
        await using var shaper = new ResultShaper(new ResultShaperOptions { MaxImages = 0 });

        var result = await shaper.ShapeAsync(Result(outputs: [Output(("image/png", "AAAA"))]));

        result.Contents.Should().ContainSingle();
        result.Text.Should().Be("result:\n[image/png of 3 bytes; not shown, because images are turned off]");
    }

    [Test]
    public async Task Table_has_no_padding_and_keeps_its_index()
    {
        var result = await ShapeAsync(Result(outputs:
        [
            Output(
                ("text/plain", "              count   mean price\nkind                            \n"
                    + "coffee & tea     12         2.50\ncake              7         3.10"),
                ("text/html", """
                    <div><style scoped>.dataframe tbody tr th { vertical-align: top; }</style>
                    <table border="1" class="dataframe">
                      <thead><tr style="text-align: right;"><th></th><th>count</th><th>mean price</th></tr>
                      <tr><th>kind</th><th></th><th></th></tr></thead>
                      <tbody><tr><th>coffee &amp; tea</th><td>12</td><td>2.50</td></tr>
                      <tr><th>cake</th><td>7</td><td><b>3.10</b></td></tr></tbody>
                    </table></div>
                    """)),
        ]));

        result.Text.Should().Be("result:\n | count | mean price\nkind |  | \ncoffee & tea | 12 | 2.50\ncake | 7 | 3.10");
    }

    [TestCase("""<table><tr><th colspan="2">wide</th></tr><tr><td>1</td><td>2</td></tr></table>""", TestName = "a cell of several columns")]
    [TestCase("<table><tr><td><table><tr><td>1</td></tr></table></td></tr></table>", TestName = "a table in a table")]
    [TestCase("<p>no table</p>", TestName = "no table")]
    [TestCase("<table></table>", TestName = "no row")]
    public async Task Plain_text_stands_for_HTML_that_is_no_plain_table(string html)
    {
        var result = await ShapeAsync(Result(outputs: [Output(("text/html", html), ("text/plain", new string('x', 200)))]));

        result.Text.Should().Be("result:\n" + new string('x', 200));
    }

    [Test]
    public async Task Placeholder_of_an_object_gives_way_to_what_the_object_shows()
    {
        var result = await ShapeAsync(Result(outputs:
        [
            Output(("text/plain", "<IPython.core.display.HTML object>"), ("text/html", "<b>1</b>")),
            Output(("text/plain", "<IPython.core.display.Markdown object>"), ("text/markdown", "**2**")),
            Output(("text/plain", "<lib.Map at 0x7f00>"), ("application/json", new JObject { ["zoom"] = 3 })),
            Output(("text/plain", "<IPython.core.display.Math object>"), ("text/latex", "$x$")),
            Output(("application/x-custom", "1")),
        ]));

        result.Text.Should().Be("result:\n<b>1</b>\n**2**\n{\"zoom\":3}\n$x$\n[application/x-custom]");
    }

    [Test]
    public async Task Of_a_long_traceback_the_end_is_kept()
    {
        var traceback = Enumerable.Range(1, 500).Select(number => $"\u001b[0;32mFile a.py:{number}\u001b[0m, in f()")
            .Prepend(new string('-', 75))
            .Append("ValueError: too deep");

        var result = await ShapeAsync(Result(error: new ExecutionError("ValueError", "too deep", [.. traceback])));

        result.Text.Should().MatchRegex(@"^error:\n\[the first \d+ characters of the traceback are left out\]\nFile a\.py:\d+, in f\(\)\n");
        result.Text.Should().EndWith("File a.py:500, in f()\nValueError: too deep").And.NotContain("---");
        result.Text.Length.Should().BeLessThan(3_100);
    }

    [Test]
    public async Task Short_traceback_is_whole_and_the_message_is_not_repeated()
    {
        var result = await ShapeAsync(Result(error: new ExecutionError("NameError", "x", ["-------------------------", "line 1: x", "NameError: x"])));

        result.Text.Should().Be("error:\nline 1: x\nNameError: x");
    }

    private static IEnumerable<TestCaseData> Ends()
    {
        yield return new(new ExecutionEnd { Reason = ExecutionEndReason.TimedOut, StoppedBy = ExecutionStopCause.TimeLimit },
            "the code was interrupted, because it ran longer than its time limit. The variables are preserved.");
        yield return new(Completed with { StoppedBy = ExecutionStopCause.TimeLimit },
            "the code was interrupted at its time limit and handled that itself. The variables are preserved.");
        yield return new(new ExecutionEnd { Reason = ExecutionEndReason.Interrupted, StoppedBy = ExecutionStopCause.OutputLimit },
            "the code was interrupted, because it wrote too much. The variables are preserved.");
        yield return new(new ExecutionEnd { Reason = ExecutionEndReason.Interrupted, StoppedBy = ExecutionStopCause.Request },
            "the code was interrupted. The variables are preserved.");
        yield return new(
            new ExecutionEnd { Reason = ExecutionEndReason.KernelDied, IsOutOfMemory = true, IsStatePreserved = false, Message = "The limit is 1 GiB." },
            "the kernel's process died, because there was not enough memory. All variables are lost. The next code runs in a new process. "
            + "The limit is 1 GiB.");
        yield return new(new ExecutionEnd { Reason = ExecutionEndReason.KernelDied, Signal = 11, IsStatePreserved = false },
            "the kernel's process died of signal 11. All variables are lost. The next code runs in a new process.");
        yield return new(new ExecutionEnd { Reason = ExecutionEndReason.KernelDied, ExitCode = 3, IsStatePreserved = false },
            "the kernel's process died with exit code 3. All variables are lost. The next code runs in a new process.");
        yield return new(new ExecutionEnd { Reason = ExecutionEndReason.Restarted, IsStatePreserved = false },
            "the kernel was restarted while the code ran or waited. All variables are lost.");
        yield return new(new ExecutionEnd { Reason = ExecutionEndReason.Removed, IsStatePreserved = false },
            "the context was removed while the code ran or waited. All variables are lost.");
        yield return new(new ExecutionEnd { Reason = ExecutionEndReason.Rejected, Message = "The directory is gone." },
            "the code was not run. The directory is gone.");
        yield return new(new ExecutionEnd { Reason = ExecutionEndReason.Unanswered },
            "the kernel has not answered the code, so it is not known whether it ran.");
        yield return new(null, "the code has not ended yet.");
    }

    [TestCaseSource(nameof(Ends))]
    public async Task End_that_is_not_the_code_s_own_is_explained(ExecutionEnd? end, string note)
    {
        var result = await ShapeAsync(Result(stdout: ["so far\n"]) with { End = end });

        result.Text.Should().Be($"stdout:\nso far\n\nnote: {note}");
        result.IsError.Should().BeTrue();
    }

    [Test]
    public async Task Missing_output_is_told_and_is_not_an_error()
    {
        var result = await ShapeAsync(Result() with { End = Completed with { IsComplete = false, DroppedEvents = 5, Message = "The disk is full." } });

        result.Should().BeEquivalentTo(new { Text = "note: 5 pieces of the output are missing. The disk is full.", IsError = false });
    }

    private static IEnumerable<TestCaseData> Outcomes()
    {
        yield return new(new CommandOutcome("a\n", "b\n", 0), "stdout:\na\n\nstderr:\nb", false);
        yield return new(new CommandOutcome("", "", 0), "The command ran without output. exit code: 0", false);
        yield return new(new CommandOutcome("", "not found\n", 127), "stderr:\nnot found\n\nexit code: 127", true);
        yield return new(new CommandOutcome("", "", -1) { Error = "signal: killed" }, "note: the command did not exit by itself (signal: killed).", true);
        yield return new(
            new CommandOutcome("1\n", "", -1) { WasTimeLimit = true },
            "stdout:\n1\n\nnote: the command was killed, because it ran longer than its time limit.",
            true);
    }

    [TestCaseSource(nameof(Outcomes))]
    public async Task Command_has_its_output_and_its_end(CommandOutcome outcome, string text, bool isError)
    {
        await using var shaper = new ResultShaper();

        var result = await shaper.ShapeAsync(outcome);

        result.Should().BeEquivalentTo(new { Text = text, IsError = isError });
    }

    [Test]
    public void Options_that_cannot_be_used_are_refused_by_name()
    {
        Refused(new() { MaxTextLength = 199 }).Should().Contain(nameof(ResultShaperOptions.MaxTextLength));
        Refused(new() { MaxTracebackLength = 0 }).Should().Contain(nameof(ResultShaperOptions.MaxTracebackLength));
        Refused(new() { MaxImages = -1 }).Should().Contain(nameof(ResultShaperOptions.MaxImages));
        Refused(new() { MaxImageBytes = 0 }).Should().Contain(nameof(ResultShaperOptions.MaxImageBytes));
        Refused(new() { MaxSavedFiles = -1 }).Should().Contain(nameof(ResultShaperOptions.MaxSavedFiles));

        static string Refused(ResultShaperOptions options) =>
            FluentActions.Invoking(() => new ResultShaper(options)).Should().Throw<ArgumentException>().Which.Message;
    }

    private static async Task<ToolResult> ShapeAsync(ExecutionResult result)
    {
        await using var shaper = new ResultShaper();
        return await shaper.ShapeAsync(result);
    }

    private static ExecutionResult Result(
        IReadOnlyList<string>? stdout = null,
        IReadOnlyList<string>? stderr = null,
        IReadOnlyList<ExecutionOutput>? outputs = null,
        ExecutionError? error = null) =>
        new(
            outputs ?? [],
            new ExecutionLogs(stdout ?? [], stderr ?? []),
            error,
            ExecutionCount: 1,
            error is null ? Completed : Completed with { Reason = ExecutionEndReason.Error });

    private static ExecutionOutput Plain(string text) => Output(("text/plain", text));

    private static ExecutionOutput Output(params (string MediaType, JToken Value)[] values) =>
        new() { Data = new MimeBundle(new JObject(values.Select(value => new JProperty(value.MediaType, value.Value)))), Metadata = [] };
}
