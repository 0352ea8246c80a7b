using KernelGateway.Executions;
using KernelGateway.Tools.Results;
using ModelContextProtocol.Protocol;

namespace KernelGateway.Mcp.Executions;

/// <summary>Waits for an execution: until it ends, asks for input, or the time to wait has passed; then makes the answer of a tool.</summary>
internal sealed class ExecutionFollower(ResultShaper results, ResultShaperOptions limits, RecentExecutions recent, TimeProvider time)
{
    // How long an event may be on its way from another machine: an input request that is the last event after it is still open.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(200);

    public TimeProvider Time => time;

    /// <summary>Waits for an execution.</summary>
    /// <param name="execution">The execution.</param>
    /// <param name="after">The sequence number of the last event that the caller knows.</param>
    /// <param name="wait">How long to wait; null for no limit.</param>
    /// <param name="progress">Told what it writes; null for nothing.</param>
    /// <param name="isOwner">Whether the call runs the code: then its cancellation interrupts this execution.</param>
    /// <param name="cancellationToken">Fires when the client cancels the call.</param>
    public async Task<CallToolResult> FollowAsync(
        IExecution execution, long after, TimeSpan? wait, ProgressReporter? progress, bool isOwner, CancellationToken cancellationToken)
    {
        recent.Add(execution.Id);
        var state = new FollowedState(execution, after);
        try
        {
            await ReadAsync(state, wait, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (isOwner && cancellationToken.IsCancellationRequested)
        {
            await execution.InterruptAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        var result = state.Result.Build();
        var shaped = await results.ShapeAsync(result, cancellationToken).ConfigureAwait(false);
        return ExecutionAnswer.Create(state, result, shaped, limits);
    }

    private async Task ReadAsync(FollowedState state, TimeSpan? wait, ProgressReporter? progress, CancellationToken cancellationToken)
    {
        using var limit = wait is { } given ? new CancellationTokenSource(given > Settling ? given : Settling, time) : new CancellationTokenSource();
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var events = state.Execution.ReadEventsAsync(state.After, reading.Token).GetAsyncEnumerator(reading.Token);
        await using (events.ConfigureAwait(false))
        {
            try
            {
                while (await MoveNextAsync(events, state.Input is not null, reading).ConfigureAwait(false))
                {
                    state.Apply(events.Current);
                    if (state.IsEnded) return;
                    if (progress is not null && events.Current is StreamEvent stream)
                        await progress.WriteAsync(stream.Text, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The time to wait has passed, or nothing came after an input request.
            }
        }
    }

    private async Task<bool> MoveNextAsync(IAsyncEnumerator<ExecutionEvent> events, bool hasInputRequest, CancellationTokenSource reading)
    {
        var next = events.MoveNextAsync().AsTask();
        if (!hasInputRequest || next.IsCompleted) return await next.ConfigureAwait(false);
        try
        {
            return await next.WaitAsync(Settling, time, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // An enumerator is disposed only when its last step has ended.
            await reading.CancelAsync().ConfigureAwait(false);
            return await next.ConfigureAwait(false);
        }
    }
}

/// <summary>What is known of an execution after its events have been read for a while.</summary>
internal sealed class FollowedState(IExecution execution, long after)
{
    public IExecution Execution => execution;

    public ExecutionResultBuilder Result { get; } = new();

    /// <summary>Gets the sequence number of the last event.</summary>
    public long After { get; private set; } = after;

    /// <summary>Gets the input request that no event has followed; null when the code does not wait for input.</summary>
    public InputRequestEvent? Input { get; private set; }

    public bool IsEnded => Result.IsOver;

    public void Apply(ExecutionEvent executionEvent)
    {
        After = executionEvent.Sequence;
        Input = executionEvent as InputRequestEvent;
        Result.Apply(executionEvent);
    }
}
