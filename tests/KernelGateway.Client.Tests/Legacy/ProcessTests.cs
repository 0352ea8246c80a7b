using System.Net;
using FluentAssertions;
using KernelGateway.Client.Legacy;
using KernelGateway.Client.Tests.Legacy.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;
using LegacySandbox = KernelGateway.Client.Legacy.Sandbox;

namespace KernelGateway.Client.Tests.Legacy;

public sealed class ProcessTests
{
    private const string Start = "/process.Process/Start";

    private readonly ScriptedService _service = new();
    private readonly ScriptedCommand _process = new();

    public ProcessTests() => _service.On(Start, _ => _process.Answer());

    [Test]
    [CancelAfter(30_000)]
    public async Task Output_is_cut_into_lines(CancellationToken cancellationToken)
    {
        await using var sandbox = await _service.CreateAsync();
        var lines = new List<string>();
        _process.Write("a\nb").Write("c\r\n\nd").WriteError("problem").End();

        var process = await sandbox.Process.StartAsync("any", onStdout: message => lines.Add(message.Line), cancellationToken: cancellationToken);
        var output = await process.WaitAsync(cancellationToken: cancellationToken);

        lines.Should().Equal("a", "bc", "", "d");
        output.Stdout.Should().Be("a\nbc\n\nd");
        output.Stderr.Should().Be("problem");
        output.HasError.Should().BeTrue();
        output.ExitCode.Should().Be(0);
        process.Pid.Should().Be(ScriptedCommand.Pid);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Exit_code_is_a_result_and_comes_after_all_output(CancellationToken cancellationToken)
    {
        await using var sandbox = await _service.CreateAsync();
        var happened = new List<string>();
        _process.Write("last line").End(exitCode: 3);

        var output = await sandbox.Process.StartAndWaitAsync(
            "exit 3",
            onStdout: message => happened.Add(message.Line),
            onExit: code => happened.Add($"exit {code}"),
            cancellationToken: cancellationToken);

        output.ExitCode.Should().Be(3);
        happened.Should().Equal("last line", "exit 3");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Handlers_of_a_process_take_the_place_of_those_of_the_sandbox(CancellationToken cancellationToken)
    {
        var happened = new List<string>();
        await using var sandbox = await LegacySandbox.CreateAsync(
            onStdout: message => happened.Add($"sandbox {message}"),
            onExit: code => happened.Add($"sandbox {code}"),
            client: _service.Client,
            cancellationToken: cancellationToken);
        _process.Write("line\n").End();

        await sandbox.Process.StartAndWaitAsync("any", onStdout: message => happened.Add($"process {message}"), cancellationToken: cancellationToken);

        happened.Should().Equal("process line", "sandbox 0");
    }

    [Test]
    public async Task Variables_and_directory_of_the_sandbox_are_those_of_a_process_unless_it_has_its_own()
    {
        await using var sandbox = await LegacySandbox.CreateAsync(
            envVars: new Dictionary<string, string> { ["A"] = "sandbox", ["B"] = "sandbox" }, cwd: "/code", client: _service.Client);
        _process.End();

        await sandbox.Process.StartAsync("any", envVars: new Dictionary<string, string> { ["B"] = "process" });
        _service.On(Start, _ => new ScriptedCommand().Answer());
        await sandbox.Process.StartAsync("any", cwd: "../home");

        var requests = _service.RequestsFor(Start).Select(request => (JObject)request.Json["process"]!).ToList();
        requests[0]["envs"]!.ToObject<Dictionary<string, string>>().Should().Equal(
            new Dictionary<string, string> { ["A"] = "sandbox", ["B"] = "process", ["PYTHONUNBUFFERED"] = "1" });
        requests.Select(request => (string?)request["cwd"]).Should().Equal("/code", "/home");
        ((bool)_service.RequestsFor(Start)[0].Json["stdin"]!).Should().BeTrue();
    }

    [Test]
    public async Task Missing_directory_has_an_exception_of_its_own()
    {
        await using var sandbox = await _service.CreateAsync();
        var refusal = new JObject { ["code"] = "invalid_argument", ["message"] = "cwd '/missing' does not exist" };
        _service.On(Start, _ => ScriptedService.Json(refusal, HttpStatusCode.BadRequest));

        await sandbox.Invoking(one => one.Process.StartAsync("pwd", cwd: "/missing"))
            .Should().ThrowAsync<CurrentWorkingDirectoryDoesntExistException>().WithMessage("*'/missing' does not exist*");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Kill_returns_when_the_process_has_ended(CancellationToken cancellationToken)
    {
        await using var sandbox = await _service.CreateAsync();
        _service.On("/process.Process/SendSignal", _ =>
        {
            _process.End(exitCode: -1);
            return ScriptedService.Json(new JObject());
        });
        var process = await sandbox.Process.StartAsync("sleep 600", cancellationToken: cancellationToken);

        await process.KillAsync(cancellationToken);

        process.Finished.IsCompletedSuccessfully.Should().BeTrue();
        process.Output.ExitCode.Should().Be(-1);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Input_is_sent(CancellationToken cancellationToken)
    {
        await using var sandbox = await _service.CreateAsync();
        _service.On("/process.Process/SendInput", _ => ScriptedService.Json(new JObject()));
        var process = await sandbox.Process.StartAsync("cat", cancellationToken: cancellationToken);

        await process.SendStdinAsync("AI Playground\n", cancellationToken);

        var request = _service.RequestsFor("/process.Process/SendInput").Single().Json;
        Convert.FromBase64String((string)request["input"]!["stdin"]!).Should().Equal("AI Playground\n"u8.ToArray());
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Wait_has_a_time_limit_that_leaves_the_process(CancellationToken cancellationToken)
    {
        await using var sandbox = await _service.CreateAsync();
        var process = await sandbox.Process.StartAsync("sleep 600", cancellationToken: cancellationToken);

        var wait = process.WaitAsync(TimeSpan.FromSeconds(3), cancellationToken);
        _service.Time.Advance(TimeSpan.FromSeconds(3));

        await wait.Invoking(one => one).Should().ThrowAsync<TimeoutException>();
        _process.End();
        (await process.WaitAsync(cancellationToken: cancellationToken)).ExitCode.Should().Be(0);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Closing_the_sandbox_ends_the_wait_for_its_processes(CancellationToken cancellationToken)
    {
        var sandbox = await _service.CreateAsync();
        var process = await sandbox.Process.StartAsync("sleep 600", cancellationToken: cancellationToken);

        await sandbox.CloseAsync();

        await process.Invoking(one => one.WaitAsync(cancellationToken: cancellationToken)).Should().ThrowAsync<ProcessException>();
        process.Output.ExitCode.Should().BeNull();
    }

    [Test]
    public void Lines_are_completed_by_their_ends()
    {
        var lines = new OutputLines();

        lines.Add("a").Should().BeEmpty();
        lines.Add("b\r").Should().BeEmpty();
        lines.Add("\nc\n\n").Should().Equal("ab", "c", "");
        lines.Complete().Should().BeNull();
        lines.Add("d\re").Should().BeEmpty();
        lines.Complete().Should().Be("d\re");
    }
}
