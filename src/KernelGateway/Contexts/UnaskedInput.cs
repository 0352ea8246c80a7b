using KernelGateway.Kernels;
using KernelGateway.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Contexts;

/// <summary>Answers a kernel that asks for input though it was told not to, one question at a time.</summary>
/// <remarks>
/// IRkernel asks whatever <c>allow_stdin</c> says, and waits. It asks once and waits for the answer; questions that come while an answer
/// is on its way are a kernel's that does not wait, and are dropped.
/// </remarks>
internal sealed partial class UnaskedInput(string executionId, KernelInstance instance, ILogger logger)
{
    private readonly ILogger _logger = logger;
    private int _answering;
    private long _dropped;

    /// <summary>Takes a question, which is borrowed. Returns at once.</summary>
    public void OnRequest(JupyterMessage request)
    {
        if (Interlocked.Exchange(ref _answering, 1) != 0)
        {
            Interlocked.Increment(ref _dropped);
            return;
        }

        var question = request.Detach();
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(() => AnswerAsync(question));
    }

    /// <summary>Tells, when the execution is over, how many questions were dropped.</summary>
    public void Conclude()
    {
        if (Interlocked.Read(ref _dropped) is > 0 and var dropped) LogDropped(executionId, dropped);
    }

    // An empty line is what R itself gives to code that asks where nobody can answer.
    private async Task AnswerAsync(JupyterMessage question)
    {
        try
        {
            await instance.Client.SendInputReplyAsync("", question, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is KernelClosedException or ObjectDisposedException)
        {
            // Whoever asked is gone.
            LogUnanswered(exception.Message);
        }
        finally
        {
            Volatile.Write(ref _answering, 0);
        }
    }

    [LoggerMessage(4103, LogLevel.Debug, "A kernel that asked for input unasked has gone: {Reason}")]
    private partial void LogUnanswered(string reason);

    [LoggerMessage(4110, LogLevel.Warning, "The kernel asked for input without being allowed to while it ran execution {ExecutionId}; {Count} of the requests were dropped.")]
    private partial void LogDropped(string executionId, long count);
}
