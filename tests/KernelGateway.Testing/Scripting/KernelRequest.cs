using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Messages.Stdin;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Testing.Scripting;

/// <summary>Is a request a scripted kernel has received, with everything that can be said about it.</summary>
/// <remarks>Nothing is sent by itself: a handler that sends no idle status is a kernel that lost one.</remarks>
public sealed class KernelRequest
{
    private readonly ScriptedKernel _kernel;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _routingPrefix;
    private readonly CancellationTokenSource _interruption = new();

    internal KernelRequest(
        ScriptedKernel kernel, KernelChannel channel, JupyterMessage message, IReadOnlyList<ReadOnlyMemory<byte>> routingPrefix)
    {
        _kernel = kernel;
        Channel = channel;
        Message = message;
        _routingPrefix = routingPrefix;
    }

    /// <summary>Gets the channel it came on.</summary>
    public KernelChannel Channel { get; }

    /// <summary>Gets the message.</summary>
    public JupyterMessage Message { get; }

    /// <summary>Gets the routing id of the client's socket.</summary>
    public ReadOnlyMemory<byte> RoutingId => _routingPrefix[0];

    /// <summary>
    /// Gets a token that is cancelled when the kernel is interrupted, stopped or disposed while it processes this request.
    /// </summary>
    public CancellationToken Interrupted => _interruption.Token;

    /// <summary>Reads the request's content.</summary>
    /// <typeparam name="T">The content type.</typeparam>
    public T ReadContent<T>()
        where T : IMessageContent<T> => Message.ReadContent<T>();

    /// <summary>Says on iopub that the request is being processed.</summary>
    public Task BusyAsync() => PublishAsync(new StatusOutput { ExecutionState = ExecutionState.Busy });

    /// <summary>Says on iopub that the request is done.</summary>
    public Task IdleAsync() => PublishAsync(new StatusOutput { ExecutionState = ExecutionState.Idle });

    /// <summary>Tells all clients what is being run.</summary>
    /// <param name="executionCount">The counter.</param>
    public Task ExecuteInputAsync(int executionCount) =>
        PublishAsync(new ExecuteInput { Code = ReadContent<ExecuteRequest>().Code, ExecutionCount = executionCount });

    /// <summary>Writes to a stream of the program.</summary>
    /// <param name="name"><c>stdout</c> or <c>stderr</c>.</param>
    /// <param name="text">The text.</param>
    public Task StreamAsync(string name, string text) => PublishAsync(new StreamOutput { Name = name, Text = text });

    /// <summary>Gives the value of the last expression.</summary>
    /// <param name="data">Its representations.</param>
    /// <param name="executionCount">The counter.</param>
    public Task ResultAsync(JObject data, int executionCount) =>
        PublishAsync(new ExecuteResult { Data = new MimeBundle(data), ExecutionCount = executionCount });

    /// <summary>Shows something.</summary>
    /// <param name="data">Its representations.</param>
    /// <param name="displayId">The id to update it by, if any.</param>
    public Task DisplayAsync(JObject data, string? displayId = null) =>
        PublishAsync(new DisplayData { Data = new MimeBundle(data), DisplayId = displayId });

    /// <summary>Replaces what was shown.</summary>
    /// <param name="displayId">The id it was shown with.</param>
    /// <param name="data">The new representations.</param>
    public Task UpdateDisplayAsync(string displayId, JObject data) =>
        PublishAsync(new UpdateDisplayData { Data = new MimeBundle(data), DisplayId = displayId });

    /// <summary>Clears what was shown.</summary>
    /// <param name="wait">Whether only when the next output comes.</param>
    public Task ClearOutputAsync(bool wait = false) => PublishAsync(new ClearOutput { IsWaiting = wait });

    /// <summary>Says on iopub that the code raised.</summary>
    /// <param name="name">The exception's name.</param>
    /// <param name="value">The exception's message.</param>
    /// <param name="traceback">The traceback; a made-up one when there is none.</param>
    public Task ErrorAsync(string name, string value, params string[] traceback) => PublishAsync(Failure(name, value, traceback));

    /// <summary>Publishes a message that belongs to this request.</summary>
    /// <typeparam name="T">The content type.</typeparam>
    /// <param name="content">The content.</param>
    /// <param name="buffers">Frames behind it.</param>
    public Task PublishAsync<T>(T content, IReadOnlyList<ReadOnlyMemory<byte>>? buffers = null)
        where T : IMessageContent<T> => _kernel.PublishAsync(content, Message, buffers);

    /// <summary>Answers the request.</summary>
    /// <typeparam name="T">The content type.</typeparam>
    /// <param name="content">The content.</param>
    public Task ReplyAsync<T>(T content)
        where T : IMessageContent<T> => _kernel.SendAsync(Channel, _kernel.Factory.CreateReply(Message, content), _routingPrefix);

    /// <summary>Answers an execute request that succeeded.</summary>
    /// <param name="executionCount">The counter.</param>
    public Task ReplyOkAsync(int executionCount) => ReplyAsync(new ExecuteReply { ExecutionCount = executionCount });

    /// <summary>Answers an execute request that failed.</summary>
    /// <param name="executionCount">The counter.</param>
    /// <param name="name">The exception's name.</param>
    /// <param name="value">The exception's message.</param>
    /// <param name="traceback">The traceback; a made-up one when there is none.</param>
    public Task ReplyErrorAsync(int executionCount, string name, string value, params string[] traceback) =>
        ReplyAsync(new ExecuteReply
        {
            Status = ReplyStatus.Error, Error = Failure(name, value, traceback), ExecutionCount = executionCount,
        });

    /// <summary>Answers on a channel, in a form of the test's own.</summary>
    /// <param name="messageType">The message type.</param>
    /// <param name="rawContent">The content's bytes, JSON or not.</param>
    /// <param name="channel">The channel; that of the request when null. IRkernel answers a shell shutdown on control.</param>
    public Task ReplyRawAsync(string messageType, ReadOnlyMemory<byte> rawContent, KernelChannel? channel = null) =>
        _kernel.SendAsync(channel ?? Channel, _kernel.Factory.Create(messageType, rawContent, Message), _routingPrefix);

    /// <summary>Asks the user and waits for the answer.</summary>
    /// <param name="prompt">The question.</param>
    /// <param name="isPassword">Whether not to show what is typed.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="OperationCanceledException">The kernel was interrupted or stopped meanwhile.</exception>
    public async Task<string> AskAsync(string prompt, bool isPassword = false)
    {
        var question = _kernel.Factory.CreateReply(Message, new InputRequest { Prompt = prompt, IsPassword = isPassword });
        // From here on: an answer that comes before the question does not count.
        var earlierAnswers = _kernel.Received.Items.Count(IsAnswer);
        await _kernel.SendAsync(KernelChannel.Stdin, question, _routingPrefix);
        var answer = await _kernel.Received.WaitForAsync(IsAnswer, earlierAnswers + 1, Interrupted);
        return answer.Message!.ReadContent<InputReply>().Value;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Message.MessageType} on {Channel}";

    internal void Interrupt() => _interruption.Cancel();

    private static bool IsAnswer(ReceivedMessage received) => received.Message?.MessageType == MessageTypes.InputReply;

    private static ErrorOutput Failure(string name, string value, string[] traceback) => new()
    {
        Name = name,
        Value = value,
        Traceback = traceback.Length > 0 ? traceback : [$"\u001b[0;31m{name}\u001b[0m: {value}"],
    };
}
