using System.Text.Json;
using FluentAssertions;
using KernelGateway.Abstractions.Tests.Support;
using KernelGateway.Extensions.AI.Tests.Support;
using KernelGateway.SandboxServices;
using KernelGateway.Tools;
using Microsoft.Extensions.AI;
using Newtonsoft.Json.Linq;
using NUnit.Framework;
using static KernelGateway.Extensions.AI.Tests.Support.ScriptedModel;

namespace KernelGateway.Extensions.AI.Tests;

/// <summary>A client that calls functions, a scripted model, and an embedded gateway with scripted kernels.</summary>
public sealed class FunctionCallTests
{
    private const int TestTimeout = 60_000;

    // A PNG of one pixel.
    private const string Pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Model_sees_the_functions_with_descriptions_and_schemas(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        await using var tools = new CodeTools(scripted.Gateway, new MemoryFiles(), new ScriptedCommands((_, _) => new("", "", 0)));
        using var model = new ScriptedModel();

        await AskAsync(model, tools, cancellationToken);

        var functions = model.Tools.Cast<AIFunction>().ToList();
        functions.Select(function => function.Name).Should().Equal("run_code", "read_file", "write_file", "list_files", "run_command");
        functions.Should().OnlyContain(function => function.Description.Length > 40);
        var schema = JObject.Parse(functions[0].JsonSchema.GetRawText());
        ((string?)schema["type"]).Should().Be("object");
        schema["properties"]!.Children<JProperty>().Select(property => property.Name).Should().Equal("code", "language", "timeout_seconds");
        schema["properties"]!.Select(property => (string?)property.First!["description"]).Should().OnlyContain(description => description!.Length > 20);
        schema["required"]!.Values<string>().Should().Equal("code");
    }

    [Test]
    public async Task Without_files_and_commands_there_is_one_function()
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        await using var tools = new CodeTools(scripted.Gateway);

        tools.AsAIFunctions().Select(function => function.Name).Should().Equal("run_code");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_runs_in_one_context_and_its_text_goes_to_the_model(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        await using var tools = new CodeTools(scripted.Gateway);
        using var model = new ScriptedModel(
            Call("run_code", ("code", "print hello\nreturn 42")), Call("run_code", ("code", JsonSerializer.SerializeToElement("raise ValueError no"))));

        var response = await AskAsync(model, tools, cancellationToken);

        response.Text.Should().Be(LastAnswer);
        model.Results.Should().Equal("stdout:\nhello\n\nresult:\n42", "error:\nValueError: no");
        scripted.Gateway.Contexts.List().Should().ContainSingle();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Image_goes_to_the_model_as_data_behind_the_text(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        await using var tools = new CodeTools(scripted.Gateway);
        await tools.All[0].InvokeAsync(new Dictionary<string, object?> { ["code"] = "return 1" }, cancellationToken);
        (await scripted.KernelAsync(cancellationToken)).On("execute_request", async request =>
        {
            await request.BusyAsync();
            await request.DisplayAsync(new JObject { ["text/plain"] = "<Figure>", ["image/png"] = Pixel });
            await request.ReplyOkAsync(2);
            await request.IdleAsync();
        });
        using var model = new ScriptedModel(Call("run_code", ("code", "plot")));

        await AskAsync(model, tools, cancellationToken);

        var contents = model.Results[0].Should().BeAssignableTo<IEnumerable<AIContent>>().Which.ToList();
        contents[0].Should().BeOfType<TextContent>().Which.Text.Should().Be("result:\n[image 1: image/png, 70 bytes, <Figure>]");
        var image = contents[1].Should().BeOfType<DataContent>().Which;
        image.MediaType.Should().Be("image/png");
        image.Data.ToArray().Should().Equal(Convert.FromBase64String(Pixel));
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Cancelled_call_interrupts_its_execution_and_no_other(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        await using var tools = new CodeTools(scripted.Gateway);
        using var model = new ScriptedModel(Call("run_code", ("code", "wait gate")));
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        var asking = AskAsync(model, tools, cancelled.Token);
        var kernel = await scripted.KernelAsync(cancellationToken);
        await kernel.WaitForRequestAsync("execute_request", cancellationToken);
        await cancelled.CancelAsync();

        await asking.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
        var next = await tools.All[0].InvokeAsync(new Dictionary<string, object?> { ["code"] = "return next" }, cancellationToken);
        next.Text.Should().Be("result:\nnext");
        scripted.Provisioner.Kernels.Count.Should().Be(1, "the same kernel runs the next code");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Calls_at_the_same_time_share_one_context(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        await using var tools = new CodeTools(scripted.Gateway);
        var function = tools.AsAIFunctions()[0];

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            number => function.InvokeAsync(new AIFunctionArguments { ["code"] = $"return {number}" }, cancellationToken).AsTask()));

        results.Should().Equal(Enumerable.Range(0, 8).Select(number => $"result:\n{number}"));
        scripted.Provisioner.Kernels.Count.Should().Be(1);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Another_language_has_a_context_of_its_own(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        await using var tools = new CodeTools(scripted.Gateway);
        using var model = new ScriptedModel(
            Call("run_code", ("code", "return 1")),
            Call("run_code", ("code", "return 2"), ("language", "other")),
            Call("run_code", ("code", "return 3"), ("language", "klingon")));

        await AskAsync(model, tools, cancellationToken);

        model.Results.Take(2).Should().Equal("result:\n1", "result:\n2");
        model.Results[2].Should().BeOfType<string>()
            .Which.Should().StartWith("error: ").And.Contain("klingon").And.Contain("echo", "it says what is installed");
        scripted.Gateway.Contexts.List().Select(context => context.Language).Should().Equal("echo", "other");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Context_that_was_removed_elsewhere_is_replaced_and_the_model_is_told(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        await using var tools = new CodeTools(scripted.Gateway);
        var function = tools.AsAIFunctions()[0];
        await function.InvokeAsync(new AIFunctionArguments { ["code"] = "return 1" }, cancellationToken);
        await scripted.Gateway.Contexts.RemoveAsync(scripted.Gateway.Contexts.List()[0].Id);

        var result = await function.InvokeAsync(new AIFunctionArguments { ["code"] = "return 2" }, cancellationToken);

        result.Should().Be("note: the earlier context was removed. The code ran in a new one, without the earlier variables.\nresult:\n2");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Disposing_removes_the_contexts_and_ends_what_runs(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var tools = new CodeTools(scripted.Gateway);
        var running = tools.All[0].InvokeAsync(new Dictionary<string, object?> { ["code"] = "wait gate" }, cancellationToken);
        await (await scripted.KernelAsync(cancellationToken)).WaitForRequestAsync("execute_request", cancellationToken);

        await tools.DisposeAsync();
        await tools.DisposeAsync();

        (await running).Text.Should().Contain("the context was removed").And.Contain("All variables are lost");
        scripted.Gateway.Contexts.List().Should().BeEmpty();
        await tools.All[0].Awaiting(tool => tool.InvokeAsync(new Dictionary<string, object?> { ["code"] = "1" }, cancellationToken))
            .Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    [Platform("Linux")]
    [CancelAfter(TestTimeout)]
    public async Task Files_and_commands_are_those_of_the_machine(CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("tool-files-");
        try
        {
            await using var scripted = await ScriptedGateway.StartAsync();
            await using var sandbox = new LocalSandbox();
            await using var tools = new CodeTools(scripted.Gateway, sandbox.Files, sandbox.Commands, In(directory));
            using var model = new ScriptedModel(
                Call("write_file", ("path", "notes/a.txt"), ("content", "one\ntwo\n")),
                Call("read_file", ("path", "notes/a.txt"), ("first_line", 2)),
                Call("list_files", ("depth", 2)),
                Call("run_command", ("command", "wc -l < notes/a.txt; exit 3")));

            await AskAsync(model, tools, cancellationToken);

            model.Results.Should().Equal(
                "Wrote 8 characters to notes/a.txt.",
                "two\n[lines 2 to 2 of 2]",
                $"{directory.FullName}/notes/\n{directory.FullName}/notes/a.txt (8 bytes)",
                "stdout:\n2\n\nexit code: 3");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Test]
    [Platform("Linux")]
    [CancelAfter(TestTimeout)]
    public async Task Whole_of_long_output_is_in_a_file_until_the_tools_are_disposed(CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("tool-files-");
        try
        {
            await using var scripted = await ScriptedGateway.StartAsync();
            await using var sandbox = new LocalSandbox();
            var tools = new CodeTools(scripted.Gateway, sandbox.Files, options: In(directory, maxTextLength: 300));

            var result = await tools.All[0].InvokeAsync(new Dictionary<string, object?> { ["code"] = "flood 1000" }, cancellationToken);

            result.Text.Should().StartWith("stdout:\n1\n2\n").And.EndWith("999\n1000");
            var path = System.Text.RegularExpressions.Regex.Match(result.Text, @"in the file (\S+)\.\]").Groups[1].Value;
            path.Should().StartWith(directory.FullName + "/tool-output-");
            (await File.ReadAllLinesAsync(path, cancellationToken)).Should().HaveCount(1000);
            await tools.DisposeAsync();
            directory.EnumerateFileSystemInfos().Should().BeEmpty();
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static CodeToolsOptions In(DirectoryInfo directory, int maxTextLength = 1000) =>
        new() { Context = new() { WorkingDirectory = directory.FullName }, Results = new() { MaxTextLength = maxTextLength } };

    private static async Task<ChatResponse> AskAsync(ScriptedModel model, CodeTools tools, CancellationToken cancellationToken)
    {
        using var client = new FunctionInvokingChatClient(model);
        return await client.GetResponseAsync("Go on.", new ChatOptions { Tools = [.. tools.AsAIFunctions()] }, cancellationToken);
    }
}
