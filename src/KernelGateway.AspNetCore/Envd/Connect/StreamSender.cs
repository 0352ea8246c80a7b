using Google.Protobuf;

namespace KernelGateway.AspNetCore.Envd.Connect;

/// <summary>Sends the answers of a stream as they come, and keep-alive messages in silence.</summary>
/// <param name="output">Where the envelopes are written.</param>
/// <param name="keepAlive">The message of a keep-alive.</param>
/// <param name="call">The call.</param>
/// <param name="time">The clock.</param>
internal sealed class StreamSender<T>(EnvelopeWriter output, T keepAlive, ConnectCall call, TimeProvider time)
    where T : IMessage
{
    /// <exception cref="OperationCanceledException">The client has gone, or the time limit has passed.</exception>
    public async Task SendAsync(IAsyncEnumerable<T> answers)
    {
        await using var source = answers.GetAsyncEnumerator(call.Cancellation);
        while (true)
        {
            var next = source.MoveNextAsync().AsTask();
            if (!next.IsCompleted) await WaitAsync(next);
            if (!await next) return;
            output.Write(source.Current);
            if (output.IsFull) await output.FlushAsync(call.Cancellation);
        }
    }

    private async Task WaitAsync(Task<bool> next)
    {
        try
        {
            await output.FlushAsync(call.Cancellation);
            while (true)
            {
                await ((Task)next).WaitAsync(call.KeepAlive, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (next.IsCompleted) return;
                output.Write(keepAlive);
                await output.FlushAsync(call.Cancellation);
            }
        }
        catch
        {
            // The source is not disposed while it is asked for its next answer.
            await call.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }
}
