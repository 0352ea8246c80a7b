using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Interpreters;

/// <summary>What every <see cref="ICodeInterpreter"/> does. One fixture runs it in the process, another over HTTP.</summary>
public abstract class InterpreterContract
{
    private const int TestTimeout = 120_000;

    /// <summary>Gets the code in the language of the interpreter's kernels.</summary>
    protected abstract Snippets Code { get; }

    /// <summary>Starts an interpreter; what it returns ends it.</summary>
    protected abstract Task<(ICodeInterpreter Interpreter, IAsyncDisposable Ending)> StartAsync();

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Result_has_value_output_and_count(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);

        var printed = await context.RunAsync($"{Code.PrintA}\n{Code.WarnB}", cancellationToken: token);
        var valued = await context.RunAsync(Code.Value, cancellationToken: token);

        string.Concat(printed.Logs.Stdout).Should().Be("a\n");
        string.Concat(printed.Logs.Stderr).Should().Be("b\n");
        printed.Text.Should().BeNull();
        valued.Text.Should().Be(Code.ValueText, "the quotes of the language are kept");
        valued.Results.Should().ContainSingle().Which.IsMainResult.Should().BeTrue();
        valued.ExecutionCount.Should().Be(2);
        valued.End!.Reason.Should().Be(ExecutionEndReason.Completed);
        valued.End.IsComplete.Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_that_raises_is_a_result(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);

        var result = await context.RunAsync(Code.Raise, cancellationToken: token);

        result.Error!.Name.Should().Be(Code.ErrorName);
        result.Error.Value.Should().NotBeEmpty();
        result.End!.Reason.Should().Be(ExecutionEndReason.Error);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Callbacks_are_called_with_the_events_in_their_order(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);
        var heard = new List<string>();
        var events = new List<ExecutionEvent>();
        var callbacks = new ExecutionCallbacks
        {
            OnStdout = text => heard.Add($"out {text}"),
            OnStderr = text => heard.Add($"err {text}"),
            OnResult = result => heard.Add($"result {result.Data.Text}"),
            OnError = error => heard.Add($"error {error.Name}"),
            OnEvent = events.Add,
        };

        await context.RunAsync(Code.PrintA, callbacks: callbacks, cancellationToken: token);
        await context.RunAsync(Code.WarnB, callbacks: callbacks, cancellationToken: token);
        await context.RunAsync(Code.Value, callbacks: callbacks, cancellationToken: token);
        await context.RunAsync(Code.Raise, callbacks: callbacks, cancellationToken: token);

        heard.Should().Equal("out a\n", "err b\n", $"result {Code.ValueText}", $"error {Code.ErrorName}");
        events.OfType<EndEvent>().Should().HaveCount(4);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Stream_has_numbered_events_up_to_the_end(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);
        var events = new List<ExecutionEvent>();

        await foreach (var executionEvent in context.StreamAsync($"{Code.PrintA}\n{Code.Value}", cancellationToken: token)) events.Add(executionEvent);

        events.Select(one => one.Sequence).Should().Equal(Enumerable.Range(1, events.Count).Select(number => (long)number));
        events[0].Should().BeOfType<StartedEvent>().Which.ExecutionCount.Should().Be(1);
        events.OfType<StreamEvent>().Should().ContainSingle().Which.Should().BeEquivalentTo(new { Text = "a\n", IsStderr = false, IsLate = false });
        events[^1].Should().BeOfType<EndEvent>().Which.End.Reason.Should().Be(ExecutionEndReason.Completed);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Display_is_updated(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);

        var result = await context.RunAsync(Code.Display, cancellationToken: token);

        result.Results.Select(one => one.Text).Should().Equal("new", "other");
        result.Results.Should().OnlyContain(one => !one.IsMainResult);
        result.Results[0].DisplayId.Should().NotBeNull();
        result.Results[1].DisplayId.Should().BeNull();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Input_is_answered_by_a_callback(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);
        var prompts = new List<string>();

        var result = await context.RunAsync(
            Code.Ask,
            callbacks: new ExecutionCallbacks
            {
                OnInput = (request, _) =>
                {
                    prompts.Add(request.Prompt);
                    return Task.FromResult("Ada");
                },
            },
            cancellationToken: token);

        prompts.Should().Equal("name?");
        string.Concat(result.Logs.Stdout).Should().Be("Ada\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Input_that_is_not_allowed_raises_in_the_code(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);

        var result = await context.RunAsync(Code.Ask, cancellationToken: token);

        result.Error!.Name.Should().Be("StdinNotImplementedError");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Input_of_a_callback_is_no_longer_awaited_when_the_code_has_ended(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = context.RunAsync(
            Code.Ask,
            callbacks: new ExecutionCallbacks
            {
                OnInput = async (_, over) =>
                {
                    asked.SetResult();
                    await new TaskCompletionSource().Task.WaitAsync(over);
                    return "";
                },
            },
            cancellationToken: token);

        await asked.Task.WaitAsync(token);
        (await context.InterruptAsync(token)).Should().BeTrue();

        (await running).End!.Reason.Should().Be(ExecutionEndReason.Interrupted);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Exception_of_a_callback_interrupts_the_code_and_reaches_the_caller(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);

        var running = () => context.RunAsync(
            Code.PrintAndWait,
            callbacks: new ExecutionCallbacks { OnStdout = _ => throw new InvalidTimeZoneException("enough") },
            cancellationToken: token);

        await running.Should().ThrowAsync<InvalidTimeZoneException>().WithMessage("enough");
        (await context.RunAsync(Code.PrintA, cancellationToken: token)).End!.Reason.Should().Be(ExecutionEndReason.Completed, "the context is free again");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Cancellation_interrupts_the_code(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);
        using var source = CancellationTokenSource.CreateLinkedTokenSource(token);

        var running = () => context.RunAsync(
            Code.PrintAndWait, callbacks: new ExecutionCallbacks { OnStdout = _ => source.Cancel() }, cancellationToken: source.Token);

        await running.Should().ThrowAsync<OperationCanceledException>();
        (await context.RunAsync(Code.PrintA, cancellationToken: token)).End!.Reason.Should().Be(ExecutionEndReason.Completed, "the context is free again");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Stream_that_is_left_early_interrupts_the_code(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);

        await foreach (var executionEvent in context.StreamAsync(Code.PrintAndWait, cancellationToken: token))
        {
            if (executionEvent is StreamEvent) break;
        }

        (await context.RunAsync(Code.PrintA, cancellationToken: token)).End!.Reason.Should().Be(ExecutionEndReason.Completed, "the context is free again");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Submitted_code_is_read_from_any_position_by_many(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);

        var execution = await context.SubmitAsync($"{Code.PrintA}\n{Code.Value}", cancellationToken: token);
        var result = await execution.WaitAsync(token);
        var all = await ReadAsync(execution, 0, token);

        execution.ContextId.Should().Be(context.Id);
        result.Text.Should().Be(Code.ValueText);
        for (var after = 0; after <= all.Count; after++)
        {
            (await ReadAsync(execution, after, token)).Select(one => one.Sequence).Should().Equal(all.Skip(after).Select(one => one.Sequence));
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Result_so_far_has_no_end_while_the_code_runs(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);
        var execution = await context.SubmitAsync(Code.PrintAndWait, cancellationToken: token);
        await WaitForOutputAsync(execution, token);

        var result = await execution.GetResultAsync(token);
        var interrupted = await execution.InterruptAsync(token);
        var again = await execution.InterruptAsync(token);

        string.Concat(result.Logs.Stdout).Should().Be("a\n");
        result.End.Should().BeNull();
        interrupted.Should().BeTrue();
        again.Should().BeFalse("it had ended before");
        (await execution.WaitAsync(token)).End.Should().BeEquivalentTo(
            new { Reason = ExecutionEndReason.Interrupted, StoppedBy = ExecutionStopCause.Request, IsStatePreserved = true });
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Input_is_sent_to_a_submitted_execution(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);
        var execution = await context.SubmitAsync(Code.Ask, new ExecutionOptions { AllowStdin = true }, token);
        await foreach (var executionEvent in execution.ReadEventsAsync(cancellationToken: token))
        {
            if (executionEvent is InputRequestEvent) break;
        }

        await execution.SendInputAsync("Ada", token);

        string.Concat((await execution.WaitAsync(token)).Logs.Stdout).Should().Be("Ada\n");
        var late = () => execution.SendInputAsync("again", token);
        await late.Should().ThrowAsync<InvalidOperationException>();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Time_limit_ends_the_code(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);

        var result = await context.RunAsync(
            Code.PrintAndWait, new ExecutionOptions { Timeout = TimeSpan.FromMilliseconds(200) }, cancellationToken: token);

        result.End.Should().BeEquivalentTo(new { Reason = ExecutionEndReason.TimedOut, StoppedBy = ExecutionStopCause.TimeLimit });
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Time_limit_of_zero_is_refused(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);

        var running = () => context.RunAsync(Code.PrintA, new ExecutionOptions { Timeout = TimeSpan.Zero }, cancellationToken: token);

        await running.Should().ThrowAsync<ArgumentException>();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Interrupt_of_an_idle_context_changes_nothing(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);

        (await context.InterruptAsync(token)).Should().BeFalse();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Restart_keeps_the_id_and_ends_what_runs(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);
        var execution = await context.SubmitAsync(Code.PrintAndWait, cancellationToken: token);
        await WaitForOutputAsync(execution, token);

        await context.RestartAsync(token);

        (await execution.WaitAsync(token)).End!.Reason.Should().Be(ExecutionEndReason.Restarted);
        (await used.Interpreter.GetContextAsync(context.Id, token)).Id.Should().Be(context.Id);
        (await context.RunAsync(Code.PrintA, cancellationToken: token)).ExecutionCount.Should().Be(1, "the kernel is a new one");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Contexts_are_listed_found_and_removed(CancellationToken token)
    {
        await using var used = await UseAsync();
        var first = await used.CreateAsync(token);
        var second = await used.CreateAsync(token);

        var listed = await used.Interpreter.ListContextsAsync(token);
        var found = await used.Interpreter.GetContextAsync(second.Id, token);
        await used.Interpreter.RemoveContextAsync(second.Id, token);

        listed.Select(context => context.Id).Should().Equal(first.Id, second.Id);
        found.Should().BeEquivalentTo(new { second.Id, Language = Code.Language, second.WorkingDirectory });
        (await used.Interpreter.ListContextsAsync(token)).Select(context => context.Id).Should().Equal(first.Id);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Context_that_was_removed_is_not_found_by_any_call(CancellationToken token)
    {
        await using var used = await UseAsync();
        var context = await used.CreateAsync(token);
        var running = await context.SubmitAsync(Code.PrintAndWait, cancellationToken: token);
        await WaitForOutputAsync(running, token);

        await context.RemoveAsync(token);

        (await running.WaitAsync(token)).End!.Reason.Should().Be(ExecutionEndReason.Removed);
        Func<Task>[] calls =
        [
            () => context.RunAsync(Code.PrintA, cancellationToken: token),
            () => context.SubmitAsync(Code.PrintA, cancellationToken: token),
            () => context.RemoveAsync(token),
            () => used.Interpreter.GetContextAsync(context.Id, token),
            () => used.Interpreter.RemoveContextAsync(context.Id, token),
        ];
        foreach (var call in calls)
        {
            (await call.Should().ThrowAsync<ContextNotFoundException>().WithMessage($"Context {context.Id} not found*"))
                .Which.ContextId.Should().Be(context.Id);
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Language_without_a_kernel_is_refused_with_the_installed_ones(CancellationToken token)
    {
        await using var used = await UseAsync();

        var creating = () => used.Interpreter.CreateContextAsync(new CreateContextOptions { Language = "cobol" }, token);

        await creating.Should().ThrowAsync<KernelSpecNotFoundException>().WithMessage("*cobol*Installed: *");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Default_context_keeps_its_state_between_runs(CancellationToken token)
    {
        await using var used = await UseAsync();

        var first = await used.Interpreter.RunAsync(Code.PrintA, Code.Language, cancellationToken: token);
        var second = await used.Interpreter.RunAsync(Code.Value, Code.Language, cancellationToken: token);

        string.Concat(first.Logs.Stdout).Should().Be("a\n");
        second.Should().BeEquivalentTo(new { Text = Code.ValueText, ExecutionCount = 2 });
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Default_context_answers_a_request_for_input(CancellationToken token)
    {
        await using var used = await UseAsync();

        var result = await used.Interpreter.RunAsync(
            Code.Ask, Code.Language, callbacks: new ExecutionCallbacks { OnInput = (_, _) => Task.FromResult("Ada") }, cancellationToken: token);

        string.Concat(result.Logs.Stdout).Should().Be("Ada\n");
    }

    private static async Task WaitForOutputAsync(IExecution execution, CancellationToken token)
    {
        await foreach (var executionEvent in execution.ReadEventsAsync(cancellationToken: token))
        {
            if (executionEvent is StreamEvent) return;
        }
    }

    private static async Task<List<ExecutionEvent>> ReadAsync(IExecution execution, long after, CancellationToken token)
    {
        var events = new List<ExecutionEvent>();
        await foreach (var executionEvent in execution.ReadEventsAsync(after, token)) events.Add(executionEvent);
        return events;
    }

    private async Task<Used> UseAsync()
    {
        var (interpreter, ending) = await StartAsync();
        return new Used(interpreter, ending, Code.Language);
    }

    private sealed record Used(ICodeInterpreter Interpreter, IAsyncDisposable Ending, string Language) : IAsyncDisposable
    {
        public Task<ICodeContext> CreateAsync(CancellationToken token) =>
            Interpreter.CreateContextAsync(new CreateContextOptions { Language = Language }, token);

        public ValueTask DisposeAsync() => Ending.DisposeAsync();
    }
}
