using KernelGateway.Executions;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.AspNetCore.CodeInterpreter.Streaming;

/// <summary>
/// Copies an execution's journal into a response: in batches as fast as the client reads, with keep-alive lines in silence.
/// </summary>
internal sealed class ExecutionStream(LineBuffer output, EventLines lines, TimeSpan keepAliveInterval, TimeProvider time)
{
    // Enough for one large write to the socket, and small enough for a client that has stopped reading.
    private const int FlushBytes = 64 * 1024;

    private bool _errorWritten;

    /// <summary>Writes the events up to the end, and an error before an end that clients would treat as a success.</summary>
    /// <exception cref="OperationCanceledException">The client has disconnected.</exception>
    public Task WriteToEndAsync(JournalReader reader, CancellationToken cancellationToken) =>
        WriteAsync(reader, isForClientsThatIgnoreEnds: true, cancellationToken);

    /// <summary>Writes the whole journal, late output after the end included.</summary>
    /// <exception cref="OperationCanceledException">The client has disconnected.</exception>
    public Task WriteAllAsync(JournalReader reader, CancellationToken cancellationToken) =>
        WriteAsync(reader, isForClientsThatIgnoreEnds: false, cancellationToken);

    private async Task WriteAsync(JournalReader reader, bool isForClientsThatIgnoreEnds, CancellationToken cancellationToken)
    {
        while (true)
        {
            while (reader.TryRead() is { } entry)
            {
                bool isEnd;
                try
                {
                    isEnd = entry.Kind == ExecutionEventKind.End && isForClientsThatIgnoreEnds;
                    if (isEnd) ReportFailure(entry);
                    _errorWritten |= entry.Kind == ExecutionEventKind.Error;
                    await lines.WriteAsync(entry, cancellationToken);
                }
                finally
                {
                    entry.Release();
                }

                if (isEnd)
                {
                    await output.FlushAsync(cancellationToken);
                    return;
                }

                if (output.Unflushed >= FlushBytes) await output.FlushAsync(cancellationToken);
            }

            if (output.Unflushed > 0) await output.FlushAsync(cancellationToken);
            if (reader.WhenAppended() is not { } appended) return;
            if (!appended.IsCompleted) await WaitAsync(appended, cancellationToken);
        }
    }

    private async Task WaitAsync(Task appended, CancellationToken cancellationToken)
    {
        while (true)
        {
            await appended.WaitAsync(keepAliveInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (appended.IsCompleted) return;
            lines.WriteKeepAlive();
            await output.FlushAsync(cancellationToken);
        }
    }

    private void ReportFailure(JournalEntry end)
    {
        if (_errorWritten || end.Payload.Field("reason"u8).Is("\"completed\""u8)) return;
        lines.WriteError(EndFailure.Create(ExecutionEnd.FromJson(new RawJson(end.Payload).AsObject())), end.Sequence - 1);
    }
}
