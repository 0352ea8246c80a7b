using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using KernelGateway.Client.Http;
using KernelGateway.Executions;
using KernelGateway.Protocol;

namespace KernelGateway.Client.Interpreters;

/// <summary>The events of one execution, read from a gateway. After a lost connection it goes on behind the last event it received.</summary>
/// <param name="service">The gateway.</param>
/// <param name="executionId">The execution; null where a service has no ids, so that a lost stream is lost.</param>
/// <param name="first">The answer to begin with, which is disposed; null to ask for one.</param>
/// <param name="after">The position behind which to begin.</param>
internal sealed class EventStream(GatewayService service, string? executionId, HttpResponseMessage? first, long after)
{
    private readonly EventLineReader _parser = new(service.Transport.TimeProvider);
    private readonly TimeProvider _time = service.Transport.TimeProvider;
    private readonly bool _beganLater = after > 0;
    private long _last = after;
    private bool _isOver;

    /// <summary>Reads the events up to the end of the execution, or up to the end of its output behind that.</summary>
    /// <param name="withLateOutput">Whether output behind the end is read too.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async IAsyncEnumerable<ExecutionEvent> ReadAsync(bool withLateOutput, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var response = first;
        var attempts = new ResumeAttempts(service.Streams, _time);
        while (true)
        {
            response ??= await ResumeAsync(attempts, cancellationToken).ConfigureAwait(false);
            Exception? failure;
            using (response)
            {
                using var silence = new Silence(executionId is null ? Timeout.InfiniteTimeSpan : service.Streams.MaxSilence, _time, cancellationToken);
                var lines = await OpenAsync(response, silence.Token).ConfigureAwait(false);
                await using (lines.ConfigureAwait(false))
                {
                    while (true)
                    {
                        (var line, failure) = await ReadLineAsync(lines, silence, cancellationToken).ConfigureAwait(false);
                        if (line is null) break;
                        attempts.Succeed();
                        if (Parse(line) is not { } executionEvent) continue;
                        _isOver |= executionEvent is EndEvent;
                        yield return executionEvent;
                        if (_isOver && !withLateOutput) yield break;
                    }
                }
            }

            // A stream that ends behind the end of the execution is complete.
            if (failure is null && (_isOver || await WasBegunBehindTheEndAsync(cancellationToken).ConfigureAwait(false))) yield break;
            attempts.Fail(failure ?? new IOException("The stream ended before the end of the execution."));
            if (executionId is null) throw service.Transport.Unreachable(attempts.Failure!);
            response = null;
        }
    }

    private static async Task<LineReader> OpenAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        new(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));

    private static async Task<(byte[]? Line, Exception? Failure)> ReadLineAsync(
        LineReader lines, Silence silence, CancellationToken cancellationToken)
    {
        try
        {
            silence.Begin();
            return (await lines.ReadAsync(silence.Token).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OperationCanceledException exception) when (silence.IsTooLong)
        {
            return (null, new IOException("Nothing was received for too long.", exception));
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return (null, exception);
        }
    }

    // Null for lines without an event, and for those that were received before: the line of an error that stands for an end that clients
    // ignore has the position of the event before it.
    private ExecutionEvent? Parse(byte[] line)
    {
        EventLine read;
        try
        {
            read = _parser.Read(line, _last);
        }
        catch (Exception exception) when (exception is JsonException or MessageFormatException)
        {
            throw new GatewayApiException(HttpStatusCode.OK, null, "A line of the stream of events is not JSON: is it a gateway?", exception);
        }

        if (read.Sequence <= _last) return null;
        _last = read.Sequence;
        return read.Event;
    }

    private async Task<bool> WasBegunBehindTheEndAsync(CancellationToken cancellationToken)
    {
        if (!_beganLater || executionId is null) return false;
        var state = await service.GetExecutionAsync(executionId, cancellationToken).ConfigureAwait(false);
        return (string?)state["status"] == "ended" && (long?)state["last_seq"] <= _last;
    }

    private async Task<HttpResponseMessage> ResumeAsync(ResumeAttempts attempts, CancellationToken cancellationToken)
    {
        while (true)
        {
            await attempts.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await service.OpenEventsAsync(executionId!, _last, cancellationToken).ConfigureAwait(false);
            }
            catch (KernelGatewayException exception) when (exception.IsTransient && attempts.MayContinue)
            {
                attempts.Fail(exception);
            }
        }
    }
}
