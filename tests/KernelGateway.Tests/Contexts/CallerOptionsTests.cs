using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Notebooks;
using KernelGateway.Protocol.Messages;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Notebooks;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

/// <summary>What callers ask for when they run code: callbacks, limits, variables; and how they get at the result.</summary>
public sealed class CallerOptionsTests
{
    private const int TestTimeout = 30_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_stream_of_events_calls_the_callbacks_the_one_for_input_among_them(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var lines = new List<string>();
        var options = new ExecutionOptions { OnStdout = lines.Add, OnInput = (_, _) => Task.FromResult("Ann") };

        var events = await context.StreamAsync("input name?", options, cancellationToken).ToListAsync(cancellationToken);

        events[^1].Should().BeOfType<EndEvent>().Which.End.Reason.Should().Be(ExecutionEndReason.Completed);
        lines.Should().Equal("Ann\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Submit_refuses_callbacks_that_nobody_would_call(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);

        foreach (var options in new ExecutionOptions[]
        {
            new() { OnStdout = _ => { } }, new() { OnStderr = _ => { } }, new() { OnResult = _ => { } }, new() { OnError = _ => { } },
            new() { OnEvent = _ => { } }, new() { OnInput = (_, _) => Task.FromResult("") },
        })
        {
            context.Invoking(one => one.Submit("return 1", options)).Should().Throw<ArgumentException>().WithMessage("*RunAsync*");
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task An_answer_that_is_not_there_when_the_code_ends_holds_nobody_up(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var asked = new TaskCompletionSource<CancellationToken>(TaskCreationOptions.RunContinuationsAsynchronously);
        var limit = TimeSpan.FromSeconds(3);
        var running = context.RunAsync(
            "input name?",
            new ExecutionOptions
            {
                Timeout = limit,
                OnInput = (_, over) =>
                {
                    asked.SetResult(over);
                    return new TaskCompletionSource<string>().Task;
                },
            },
            cancellationToken);
        var token = await asked.Task.WaitAsync(cancellationToken);

        scripted.Time.Advance(limit);

        (await running.WaitAsync(cancellationToken)).End.Reason.Should().Be(ExecutionEndReason.TimedOut);
        token.IsCancellationRequested.Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task The_result_can_be_read_when_the_completion_was_awaited(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var execution = context.Submit("print hello\nreturn 5");

        await execution.Completion.WaitAsync(cancellationToken);

        execution.Text.Should().Be("5");
        execution.Logs.Stdout.Should().Equal("hello\n");
        execution.End.Reason.Should().Be(ExecutionEndReason.Completed);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_result_that_is_not_there_yet_is_not_made_up(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var execution = context.Submit("wait gate");

        execution.Invoking(one => one.Text).Should().Throw<InvalidOperationException>().WithMessage("*await*");

        scripted.Kernel.Release("gate");
        await execution.Completion.WaitAsync(cancellationToken);
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(50)]
    [TestCase(10_000)]
    [CancelAfter(TestTimeout)]
    public async Task A_time_limit_that_no_timer_can_count_is_refused_before_the_run(int days)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var limit = TimeSpan.FromDays(days);

        context.Invoking(one => one.Submit("return 1", new ExecutionOptions { Timeout = limit })).Should().Throw<ArgumentException>();
        await FluentActions.Awaiting(() => NotebookRunner.RunAsync(context, NotebookJson.Of("return 1"), new() { CellTimeout = limit }, cancellationToken))
            .Should().ThrowAsync<ArgumentException>();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task The_longest_time_limit_can_be_counted(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);

        using (TimeProvider.System.CreateTimer(_ => { }, null, TimeSpan.FromDays(49), Timeout.InfiniteTimeSpan))
        {
            (await context.RunAsync("return 1", new() { Timeout = TimeSpan.FromDays(49) }, cancellationToken)).Text.Should().Be("1");
        }
    }

    [Test]
    public void Durations_in_the_options_that_no_timer_can_count_are_refused()
    {
        var options = new KernelGatewayOptions();
        options.Kernels.InterruptGrace = TimeSpan.FromDays(50);
        options.Kernels.UnansweredAfter = TimeSpan.Zero;

        new KernelGatewayOptionsValidator().Validate(null, options).Failures.Should().BeEquivalentTo(
            ["Kernels.InterruptGrace: 50.00:00:00 is more than 49 days.", "Kernels.UnansweredAfter: 00:00:00 is not more than zero."]);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_variable_that_the_language_cannot_have_is_refused_before_the_run(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync(one => one.Options.Languages.PreferredKernelSpecs["bash"] = ["echo"]);
        var context = await scripted.Gateway.Contexts.CreateAsync(new CreateContextOptions { Language = "bash" }, cancellationToken);

        context.Invoking(one => one.Submit("true", new() { EnvironmentVariables = new Dictionary<string, string> { ["a-b"] = "1" } }))
            .Should().Throw<ArgumentException>().WithMessage("*'a-b'*'bash'*");
        scripted.Kernel.Received.Items.Should().NotContain(one => one.Message!.MessageType == MessageTypes.ExecuteRequest);
    }
}
