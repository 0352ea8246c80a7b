using FluentAssertions;
using KernelGateway.Client.Legacy;
using KernelGateway.Client.Tests.Legacy.Support;
using KernelGateway.Sandboxes;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Legacy;

public sealed class NotebookTests
{
    private readonly ScriptedService _service = new();

    [Test]
    [CancelAfter(30_000)]
    public async Task Cell_runs_in_the_default_kernel_or_in_the_one_that_is_named(CancellationToken cancellationToken)
    {
        _service.On("/execute", _ => ScriptedService.Lines("""{"type":"end_of_execution"}"""));
        await using var sandbox = await CodeInterpreter.CreateAsync(client: _service.Client, cancellationToken: cancellationToken);

        await sandbox.Notebook.ExecCellAsync("x = 1", cancellationToken: cancellationToken);
        await sandbox.Notebook.ExecCellAsync("x", kernelId: "k2", cancellationToken: cancellationToken);

        _service.RequestsFor("/execute").Select(request => (string?)request.Json["context_id"]).Should().Equal(null, "k2");
        ((string?)_service.RequestsFor("/sandboxes").Single().Json["templateID"]).Should().Be("code-interpreter-v1");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Handlers_get_chunks_and_results(CancellationToken cancellationToken)
    {
        _service.On("/execute", _ => ScriptedService.Lines(
            """{"type":"stdout","text":"a\nb\n"}""",
            """{"type":"stderr","text":"problem\n"}""",
            """{"type":"result","html":"<b>5</b>","text":"5","is_main_result":true,"extra":{}}""",
            """{"type":"end_of_execution"}"""));
        await using var sandbox = await CodeInterpreter.CreateAsync(client: _service.Client, cancellationToken: cancellationToken);
        var seen = new List<string>();

        var execution = await sandbox.Notebook.ExecCellAsync(
            "any",
            onStdout: message => seen.Add($"out {message.Line}"),
            onStderr: message => seen.Add($"err {message.Line}"),
            onResult: result => seen.Add($"result {result.Text} {string.Join(',', result.Formats())} {result.IsMainResult}"),
            cancellationToken: cancellationToken);

        seen.Should().Equal("out a\nb\n", "err problem\n", "result 5 html True");
        execution.Text.Should().Be("5");
        execution.Logs.Stdout.Should().Equal("a\nb\n");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Default_kernel_is_the_oldest_python_context(CancellationToken cancellationToken)
    {
        _service.On("/contexts", _ => ScriptedService.Json(new JArray(Context("js", "javascript"), Context("py", "python"), Context("py2", "python"))));
        _service.On("/contexts/py/restart", _ => ScriptedService.Json(new JObject()));
        _service.On("/contexts/py2", _ => ScriptedService.Json(new JObject()));
        await using var sandbox = await CodeInterpreter.CreateAsync(client: _service.Client, cancellationToken: cancellationToken);

        (await sandbox.Notebook.ListKernelsAsync(cancellationToken: cancellationToken)).Should().Equal("js", "py", "py2");
        await sandbox.Notebook.RestartKernelAsync(cancellationToken: cancellationToken);
        await sandbox.Notebook.ShutdownKernelAsync("py2", cancellationToken: cancellationToken);

        _service.Requests.Items.Select(request => $"{request.Method} {request.Path}").Should()
            .Contain(["POST /contexts/py/restart", "DELETE /contexts/py2"]);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Missing_default_kernel_is_an_error_that_says_what_to_do(CancellationToken cancellationToken)
    {
        _service.On("/contexts", _ => ScriptedService.Json(new JArray()));
        await using var sandbox = await CodeInterpreter.CreateAsync(client: _service.Client, cancellationToken: cancellationToken);

        await sandbox.Invoking(one => one.Notebook.RestartKernelAsync(cancellationToken: cancellationToken))
            .Should().ThrowAsync<SandboxException>().WithMessage("*CreateKernelAsync*");
    }

    private static JObject Context(string id, string language) => new() { ["id"] = id, ["language"] = language, ["cwd"] = "/home/user" };
}
