using KernelGateway.Executions;

namespace KernelGateway.Client.Interpreters;

/// <summary>Calls the callbacks of an execution, one after another in the order of the events.</summary>
/// <remarks>
/// While a callback answers a request for input, the next events are received already, because the end of the execution ends that wait; their
/// callbacks are called afterwards.
/// </remarks>
internal static class CallbackDelivery
{
    /// <summary>Reads events to their end, calls the callbacks, and combines the events into a result.</summary>
    /// <param name="events">The events up to the end.</param>
    /// <param name="callbacks">What is called; null for nothing.</param>
    /// <param name="sendInput">Sends the answer to a request for input.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<ExecutionResult> ReadToEndAsync(
        IAsyncEnumerable<ExecutionEvent> events,
        ExecutionCallbacks? callbacks,
        Func<string, CancellationToken, Task> sendInput,
        CancellationToken cancellationToken)
    {
        var builder = new ExecutionResultBuilder();
        var received = new Queue<ExecutionEvent>();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reader = events.GetAsyncEnumerator(leaving.Token);
        await using (reader.ConfigureAwait(false))
        {
            while (received.TryDequeue(out var next) || await MoveNextAsync().ConfigureAwait(false) && received.TryDequeue(out next))
            {
                builder.Apply(next);
                callbacks?.Invoke(next);
                if (next is InputRequestEvent request && callbacks?.OnInput is { } answer)
                    await AnswerAsync(request, answer).ConfigureAwait(false);
            }
        }

        return builder.Build();

        async Task<bool> MoveNextAsync()
        {
            if (!await reader.MoveNextAsync().ConfigureAwait(false)) return false;
            received.Enqueue(reader.Current);
            return true;
        }

        async Task AnswerAsync(InputRequestEvent request, Func<InputRequestEvent, CancellationToken, Task<string>> answer)
        {
            // Not disposed: a callback that is no longer awaited may still use its token.
            var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var answering = answer(request, over.Token);
            var reading = MoveNextAsync();
            while (await Task.WhenAny(answering, reading).ConfigureAwait(false) == reading)
            {
                if (!await reading.ConfigureAwait(false) || received.Last() is EndEvent)
                {
                    // The code has ended, by its time limit or otherwise. The answer is no longer needed, and a failure is ignored.
                    await over.CancelAsync().ConfigureAwait(false);
                    _ = answering.ContinueWith(
                        static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                    return;
                }

                reading = MoveNextAsync();
            }

            try
            {
                await SendAsync(await answering.ConfigureAwait(false)).ConfigureAwait(false);
            }
            catch
            {
                // The code waits on, so no event comes, and the enumerator is not disposed while it is read.
                await leaving.CancelAsync().ConfigureAwait(false);
                await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            await reading.ConfigureAwait(false);
        }

        async Task SendAsync(string value)
        {
            try
            {
                await sendInput(value, cancellationToken).ConfigureAwait(false);
            }
            catch (InvalidOperationException)
            {
                // It has just ended, or another client answered.
            }
        }
    }
}
