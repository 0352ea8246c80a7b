using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.CodeInterpreter.Streaming;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Executions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.CodeInterpreter.Streaming;

public class EventLinesTests
{
    private static readonly DateTimeOffset Time = new(2026, 5, 4, 3, 2, 1, 123, 456, TimeSpan.Zero);

    [Test]
    public async Task Stream_is_copied_as_ASCII_with_its_time() =>
        (await LineAsync(ExecutionEventKind.Stdout, "\"snow ☃ \ud83d\ude00 \u2028 \\\" \\u001b\""))
            .Should().Be("""{"type":"stdout","text":"snow \u2603 \ud83d\ude00 \u2028 \" \u001b","timestamp":"2026-05-04T03:02:01.123456+00:00"}""");

    [Test]
    public async Task Standard_error_has_a_type_of_its_own() =>
        (await LineAsync(ExecutionEventKind.Stderr, "\"x\"")).Should().StartWith("""{"type":"stderr","text":"x",""");

    [TestCase("""{"execution_count":3}""", "3")]
    [TestCase("""{"execution_count":null}""", "null")]
    [TestCase("""{}""", "null")]
    public async Task Start_has_the_kernels_count(string content, string count) =>
        (await LineAsync(ExecutionEventKind.Started, content)).Should().Be($$"""{"type":"number_of_executions","execution_count":{{count}}}""");

    [TestCase("""{"text/plain":"1"}""", "\"text\":\"1\",\"extra\":{}")]
    [TestCase("""{"text/plain":"'x'"}""", "\"text\":\"x\",\"extra\":{}")]
    [TestCase("""{"text/plain":"\"x\""}""", "\"text\":\"x\",\"extra\":{}")]
    [TestCase("""{"text/plain":"'x\""}""", "\"text\":\"'x\\\"\",\"extra\":{}")]
    [TestCase("""{"text/plain":"'a' + 'b'"}""", "\"text\":\"a' + 'b\",\"extra\":{}")]
    [TestCase("""{"text/plain":"'"}""", "\"text\":\"\",\"extra\":{}")]
    [TestCase("""{"text/plain":"\""}""", "\"text\":\"\",\"extra\":{}")]
    [TestCase("""{"text/plain":"''"}""", "\"text\":\"\",\"extra\":{}")]
    [TestCase("""{"text/plain":"\u0027x\u0027"}""", "\"text\":\"x\",\"extra\":{}")]
    [TestCase("""{"text/plain":"'\\n'"}""", "\"text\":\"\\\\n\",\"extra\":{}")]
    [TestCase("""{"text/plain":["a","b"]}""", "\"text\":\"ab\",\"extra\":{}")]
    [TestCase("""{"text/plain":null}""", "\"extra\":{}")]
    [TestCase("""{}""", "\"extra\":{}")]
    [TestCase("""{"text/html":"'x'"}""", "\"html\":\"'x'\",\"extra\":{}")]
    [TestCase("""{"text/html":["<b>","x</b>"]}""", "\"html\":\"<b>x</b>\",\"extra\":{}")]
    [TestCase("""{"text/html":{"a":"é"}}""", "\"html\":\"{\\u0022a\\u0022:\\u0022\\u00E9\\u0022}\",\"extra\":{}")]
    [TestCase("""{"text/html":[1,2]}""", "\"html\":\"[1,2]\",\"extra\":{}")]
    [TestCase("""{"text/plain":{"a":1}}""", "\"text\":\"{\\u0022a\\u0022:1}\",\"extra\":{}")]
    [TestCase("""{"image/png":7,"text/html":null}""", "\"png\":\"7\",\"extra\":{}")]
    [TestCase("""{"text/latex":"$x$"}""", "\"latex\":\"$x$\",\"extra\":{}")]
    [TestCase("""{"image/png":"aGk=\n"}""", "\"png\":\"aGk=\\n\",\"extra\":{}")]
    [TestCase("""{"image/svg+xml":"<svg/>","image/jpeg":"a","application/pdf":"b"}""", "\"svg\":\"<svg/>\",\"jpeg\":\"a\",\"pdf\":\"b\",\"extra\":{}")]
    [TestCase("""{"text/markdown":"*m*","application/javascript":"j()"}""", "\"markdown\":\"*m*\",\"javascript\":\"j()\",\"extra\":{}")]
    [TestCase("""{"application/json":{"a":["é"]}}""", "\"json\":{\"a\":[\"\\u00e9\"]},\"extra\":{}")]
    [TestCase("""{"e2b/data":{"c":[1]},"e2b/chart":{}}""", "\"data\":{\"c\":[1]},\"chart\":{},\"extra\":{}")]
    [TestCase("""{"a/é":"ü","b/c":{"d":null}}""", "\"extra\":{\"a/\\u00e9\":\"\\u00fc\",\"b/c\":{\"d\":null}}")]
    public async Task Bundle_becomes_the_fields_the_SDKs_know_and_the_rest_is_extra(string data, string fields)
    {
        var content = $$"""{"data":{{data}},"metadata":{"x":1},"execution_count":1,"transient":{"display_id":"d"} }""";

        (await LineAsync(ExecutionEventKind.Result, content)).Should().Be($$"""{"type":"result",{{fields}},"is_main_result":true}""");
        (await LineAsync(ExecutionEventKind.Display, content)).Should().Be($$"""{"type":"result",{{fields}},"is_main_result":false}""");
        (await LineAsync(ExecutionEventKind.ResultUpdate, content))
            .Should().Be($$"""{"type":"result_update",{{fields}},"metadata":{"x":1},"display_id":"d"}""");

        // Beside the text with its quotes, which ExecuteTests examines.
        var detailed = (JObject)HttpCalls.Parse(await LineAsync(ExecutionEventKind.Result, content, detail: true));
        detailed.Remove("plain_text");
        detailed.ToString(Formatting.None).Should().Be(HttpCalls.Parse(
            $$"""{"type":"result","execution_id":"e1","seq":1,{{fields}},"metadata":{"x":1},"display_id":"d","is_main_result":true}""")
            .ToString(Formatting.None));
    }

    [Test]
    public async Task The_mark_of_what_was_added_is_not_shown()
    {
        const string Content =
            """
            {"data":{"e2b/data":{},"application/json":[1]},"metadata":{"e2b/data":{"kernel_gateway_added":true},"application/json":{"expanded":true,"kernel_gateway_added":true}}}
            """;

        (await LineAsync(ExecutionEventKind.Display, Content, detail: true)).Should().Be(
            """{"type":"result","execution_id":"e1","seq":1,"data":{},"json":[1],"extra":{},"metadata":{"application/json":{"expanded":true}},"is_main_result":false}""");
    }

    [TestCase("""{"ename":"E","evalue":"v","traceback":["a","☃"]}""", "\"name\":\"E\",\"value\":\"v\",\"traceback\":\"a\\u2603\"")]
    [TestCase("""{"ename":"E","evalue":"v","traceback":"one"}""", "\"name\":\"E\",\"value\":\"v\",\"traceback\":\"one\"")]
    [TestCase("""{"ename":"E","evalue":5,"traceback":[]}""", "\"name\":\"E\",\"value\":\"5\",\"traceback\":\"\"")]
    [TestCase("""{"status":"error"}""", "\"name\":\"\",\"value\":\"\",\"traceback\":\"\"")]
    public async Task Error_has_its_three_strings_whatever_the_kernel_sends(string content, string fields) =>
        (await LineAsync(ExecutionEventKind.Error, content)).Should().Be($$"""{"type":"error",{{fields}}}""");

    [TestCase("""{"prompt":"p","password":true}""", "\"prompt\":\"p\",\"password\":true")]
    [TestCase("""{"prompt":"p","pwd":true}""", "\"prompt\":\"p\",\"password\":true")]
    [TestCase("""{}""", "\"prompt\":\"\",\"password\":false")]
    public async Task Input_request_has_prompt_and_password(string content, string fields) =>
        (await LineAsync(ExecutionEventKind.InputRequest, content)).Should().Be($$"""{"type":"input_request",{{fields}}}""");

    [TestCase("""{"wait":true}""", "true")]
    [TestCase("""{}""", "false")]
    public async Task Clear_output_says_whether_it_waits(string content, string wait) =>
        (await LineAsync(ExecutionEventKind.ClearOutput, content)).Should().Be($$"""{"type":"clear_output","wait":{{wait}}}""");

    [Test]
    public async Task End_always_names_the_execution_and_its_place_only_with_detail()
    {
        const string Content = """{"reason":"completed","message":"é"}""";

        (await LineAsync(ExecutionEventKind.End, Content))
            .Should().Be("""{"type":"end_of_execution","execution_id":"e1","reason":"completed","message":"\u00e9"}""");
        (await LineAsync(ExecutionEventKind.End, Content, detail: true))
            .Should().Be("""{"type":"end_of_execution","execution_id":"e1","seq":1,"reason":"completed","message":"\u00e9"}""");
    }

    [Test]
    public async Task Late_output_is_marked_with_detail() =>
        (await LineAsync(ExecutionEventKind.Stdout, "\"x\"", detail: true, isLate: true))
            .Should().StartWith("""{"type":"stdout","execution_id":"e1","seq":1,"late":true,"text":"x",""");

    [Test]
    public async Task Large_value_arrives_whole()
    {
        var text = string.Concat(Enumerable.Repeat("0123456789abcdef", 1 << 17));

        var line = await LineAsync(ExecutionEventKind.Result, $$$"""{"data":{"image/png":"{{{text}}}"}}""");

        line.Should().Be($$"""{"type":"result","png":"{{text}}","extra":{},"is_main_result":true}""");
    }

    private static async Task<string> LineAsync(ExecutionEventKind kind, string payload, bool detail = false, bool isLate = false)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var output = new LineBuffer(pipe.Writer);
        var entry = new JournalEntry(kind, isLate, 1, Time, Encoding.UTF8.GetBytes(payload));
        new EventLines(output, "e1", detail).Write(entry);
        entry.Release();
        await output.FlushAsync(CancellationToken.None);
        await pipe.Writer.CompleteAsync();
        using var reader = new StreamReader(pipe.Reader.AsStream(), Encoding.ASCII);
        var text = await reader.ReadToEndAsync();
        text.Should().EndWith("\n").And.NotContain("?{");
        return text[..^1];
    }
}
