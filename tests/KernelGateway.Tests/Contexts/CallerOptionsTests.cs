using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Notebooks;
using KernelGateway.Protocol.Messages;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Notebooks;
using KernelGateway.Tests.Transports;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

/// <summary>The options of a caller for an execution (callbacks, limits, variables), and the ways to get its result.</summary>
[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class CallerOptionsTests(TestedTransport tested)
{
    private const int TestTimeout = 30_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_run_calls_the_callbacks_the_one_for_input_among_them(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var (lines, events) = (new List<string>(), new List<ExecutionEvent>());
        var callbacks = new ExecutionCallbacks { OnStdout = lines.Add, OnEvent = events.Add, OnInput = (_, _) => Task.FromResult("Ann") };

        var execution = await context.RunAsync("input name?", callbacks: callbacks, cancellationToken: cancellationToken);

        execution.End.Reason.Should().Be(ExecutionEndReason.Completed);
        events[^1].Should().BeOfType<EndEvent>().Which.End.Should().Be(execution.End);
        lines.Should().Equal("Ann\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_reader_of_a_stream_answers_input_through_the_current_execution(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var lines = new List<string>();

        await foreach (var executionEvent in context.StreamAsync("input name?", new() { AllowStdin = true }, cancellationToken))
        {
            if (executionEvent is InputRequestEvent) await context.CurrentExecution!.SendInputAsync("Ann", cancellationToken);
            if (executionEvent is StreamEvent output) lines.Add(output.Text);
        }

        lines.Should().Equal("Ann\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Options_that_are_changed_after_the_code_was_accepted_have_no_effect_on_it(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var first = context.Submit("wait gate");
        var options = new ExecutionOptions();
        var second = context.Submit("return 1", options);

        options.StoreHistory = false;
        options.Timeout = TimeSpan.Zero;
        scripted.Kernel.Release("gate");

        (await second.Completion.WaitAsync(cancellationToken)).Text.Should().Be("1");
        (await first.Ended).Reason.Should().Be(ExecutionEndReason.Completed);
        scripted.Kernel.Received.Items.Where(one => one.Message!.MessageType == MessageTypes.ExecuteRequest)
            .Select(one => one.Message!.Content["store_history"]!.Value<bool>()).Should().NotContain(false);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_missing_answer_does_not_delay_the_end_of_the_code(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var asked = new TaskCompletionSource<CancellationToken>(TaskCreationOptions.RunContinuationsAsynchronously);
        var limit = TimeSpan.FromSeconds(3);
        var running = context.RunAsync(
            "input name?",
            new ExecutionOptions { Timeout = limit },
            new ExecutionCallbacks
            {
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
    public async Task The_completion_carries_the_result(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var execution = context.Submit("print hello\nreturn 5");

        var result = await execution.Completion.WaitAsync(cancellationToken);

        result.Text.Should().Be("5");
        result.End!.Reason.Should().Be(ExecutionEndReason.Completed);
        execution.Result.Should().BeSameAs(result);
        execution.Completion.Should().BeSameAs(execution.Completion, "the events are read once");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_completion_that_was_asked_for_outlives_the_events_that_are_given_up(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(one => one.Options.RetainedExecutions = 1);
        var context = await scripted.CreateContextAsync(cancellationToken);
        var (kept, unread) = (context.Submit("print hello\nreturn 5"), context.Submit("return 6"));
        var completion = kept.Completion;
        await unread.Ended.WaitAsync(cancellationToken);

        for (var i = 0; i < 3; i++) await context.RunAsync("return 0", cancellationToken: cancellationToken);

        (await completion.WaitAsync(cancellationToken)).Logs.Stdout.Should().Equal("hello\n");
        await FluentActions.Awaiting(() => unread.Completion).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task The_result_can_be_read_when_the_end_was_awaited(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var execution = context.Submit("print hello\nreturn 5");

        await execution.Ended.WaitAsync(cancellationToken);

        execution.Text.Should().Be("5");
        execution.Logs.Stdout.Should().Equal("hello\n");
        execution.End.Reason.Should().Be(ExecutionEndReason.Completed);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_result_that_is_not_there_yet_is_not_made_up(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var execution = context.Submit("wait gate");

        execution.Invoking(one => one.Text).Should().Throw<InvalidOperationException>().WithMessage("*await*");

        scripted.Kernel.Release("gate");
        await execution.Ended.WaitAsync(cancellationToken);
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(50)]
    [TestCase(10_000)]
    [CancelAfter(TestTimeout)]
    public async Task A_time_limit_that_no_timer_can_count_is_refused_before_the_run(int days)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var limit = TimeSpan.FromDays(days);

        context.Invoking(one => one.Submit("return 1", new ExecutionOptions { Timeout = limit })).Should().Throw<ArgumentException>();
        await FluentActions.Awaiting(() => NotebookRunner.RunAsync(context, NotebookJson.Of("return 1"), new() { CellTimeout = limit }, cancellationToken: cancellationToken))
            .Should().ThrowAsync<ArgumentException>();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task The_longest_time_limit_can_be_counted(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);

        using (TimeProvider.System.CreateTimer(_ => { }, null, TimeSpan.FromDays(49), Timeout.InfiniteTimeSpan))
        {
            (await context.RunAsync("return 1", new() { Timeout = TimeSpan.FromDays(49) }, cancellationToken: cancellationToken)).Text.Should().Be("1");
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Options_that_cannot_apply_to_an_attached_kernel_are_refused(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var variables = new Dictionary<string, string> { ["A"] = "1" };

        foreach (var options in new CreateContextOptions[] { new() { KernelSpecName = "echo" }, new() { EnvironmentVariables = variables } })
        {
            await FluentActions.Awaiting(() => scripted.Gateway.Contexts.AttachAsync("/nowhere/kernel.json", options, cancellationToken))
                .Should().ThrowAsync<ArgumentException>().WithMessage("A kernel that was started by someone else*");
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
        await using var scripted = await tested.StartGatewayAsync(one => one.Options.Languages.PreferredKernelSpecs["bash"] = ["echo"]);
        var context = await scripted.Gateway.Contexts.CreateAsync(new CreateContextOptions { Language = "bash" }, cancellationToken);

        context.Invoking(one => one.Submit("true", new() { EnvironmentVariables = new Dictionary<string, string> { ["a-b"] = "1" } }))
            .Should().Throw<ArgumentException>().WithMessage("*'a-b'*'bash'*");
        scripted.Kernel.Received.Items.Should().NotContain(one => one.Message!.MessageType == MessageTypes.ExecuteRequest);
    }
}
