using KernelGateway.Kernels;
using KernelGateway.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Contexts;

/// <summary>Answers a kernel that sends an input_request although <c>allow_stdin</c> was false, one request at a time.</summary>
/// <remarks>
/// IRkernel ignores <c>allow_stdin</c>: it sends one request and waits for the reply. Requests that arrive while a reply is being
/// sent come from a kernel that does not wait, and are dropped.
/// </remarks>
internal sealed partial class DisallowedInput(string executionId, KernelInstance instance, ILogger logger)
{
    private readonly ILogger _logger = logger;
    private int _answering;
    private long _dropped;

    /// <summary>Handles a request, which is borrowed. Returns at once.</summary>
    public void OnRequest(JupyterMessage request)
    {
        if (Interlocked.Exchange(ref _answering, 1) != 0)
        {
            Interlocked.Increment(ref _dropped);
            return;
        }

        var detached = request.Detach();
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(() => AnswerAsync(detached));
    }

    /// <summary>Logs, when the execution has ended, how many requests were dropped.</summary>
    public void Conclude()
    {
        if (Interlocked.Read(ref _dropped) is > 0 and var dropped) LogDropped(executionId, dropped);
    }

    // R itself gives an empty line to code that asks for input in a non-interactive session.
    private async Task AnswerAsync(JupyterMessage request)
    {
        try
        {
            await instance.Client.SendInputReplyAsync("", request, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is KernelClosedException or ObjectDisposedException)
        {
            // The kernel that sent the request has ended.
            LogUnanswered(exception.Message);
        }
        finally
        {
            Volatile.Write(ref _answering, 0);
        }
    }

    [LoggerMessage(4103, LogLevel.Debug, "An input request that was not allowed could not be answered: {Reason}")]
    private partial void LogUnanswered(string reason);

    [LoggerMessage(4110, LogLevel.Warning, "The kernel asked for input without being allowed to while it ran execution {ExecutionId}; {Count} of the requests were dropped.")]
    private partial void LogDropped(string executionId, long count);
}
