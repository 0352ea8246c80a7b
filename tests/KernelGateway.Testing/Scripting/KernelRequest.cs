using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Messages.Stdin;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Testing.Scripting;

/// <summary>A request that a scripted kernel has received, with methods for every message that can answer it.</summary>
/// <remarks>Nothing is sent automatically: a handler that sends no idle status simulates a kernel that loses it.</remarks>
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

    /// <summary>Gets the channel of the request.</summary>
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

    /// <summary>Publishes the busy status for the request.</summary>
    public Task BusyAsync() => PublishAsync(new StatusOutput { ExecutionState = ExecutionState.Busy });

    /// <summary>Publishes the idle status for the request.</summary>
    public Task IdleAsync() => PublishAsync(new StatusOutput { ExecutionState = ExecutionState.Idle });

    /// <summary>Publishes the code of the request to all clients (<c>execute_input</c>).</summary>
    /// <param name="executionCount">The execution count.</param>
    public Task ExecuteInputAsync(int executionCount) =>
        PublishAsync(new ExecuteInput { Code = ReadContent<ExecuteRequest>().Code, ExecutionCount = executionCount });

    /// <summary>Publishes output of the code (<c>stream</c>).</summary>
    /// <param name="name"><c>stdout</c> or <c>stderr</c>.</param>
    /// <param name="text">The text.</param>
    public Task StreamAsync(string name, string text) => PublishAsync(new StreamOutput { Name = name, Text = text });

    /// <summary>Publishes the value of the last expression (<c>execute_result</c>).</summary>
    /// <param name="data">Its representations.</param>
    /// <param name="executionCount">The execution count.</param>
    public Task ResultAsync(JObject data, int executionCount) =>
        PublishAsync(new ExecuteResult { Data = new MimeBundle(data), ExecutionCount = executionCount });

    /// <summary>Publishes display data.</summary>
    /// <param name="data">Its representations.</param>
    /// <param name="displayId">The id for later updates, or null for none.</param>
    public Task DisplayAsync(JObject data, string? displayId = null) =>
        PublishAsync(new DisplayData { Data = new MimeBundle(data), DisplayId = displayId });

    /// <summary>Replaces earlier display data.</summary>
    /// <param name="displayId">The id of the earlier display data.</param>
    /// <param name="data">The new representations.</param>
    public Task UpdateDisplayAsync(string displayId, JObject data) =>
        PublishAsync(new UpdateDisplayData { Data = new MimeBundle(data), DisplayId = displayId });

    /// <summary>Clears the output.</summary>
    /// <param name="wait">True to clear only when the next output arrives.</param>
    public Task ClearOutputAsync(bool wait = false) => PublishAsync(new ClearOutput { IsWaiting = wait });

    /// <summary>Publishes that the code raised an exception (<c>error</c>).</summary>
    /// <param name="name">The exception's name.</param>
    /// <param name="value">The exception's message.</param>
    /// <param name="traceback">The traceback; a default one when empty.</param>
    public Task ErrorAsync(string name, string value, params string[] traceback) => PublishAsync(Failure(name, value, traceback));

    /// <summary>Publishes a message with this request as its parent.</summary>
    /// <typeparam name="T">The content type.</typeparam>
    /// <param name="content">The content.</param>
    /// <param name="buffers">The frames after the content.</param>
    public Task PublishAsync<T>(T content, IReadOnlyList<ReadOnlyMemory<byte>>? buffers = null)
        where T : IMessageContent<T> => _kernel.PublishAsync(content, Message, buffers);

    /// <summary>Sends the reply to the request.</summary>
    /// <typeparam name="T">The content type.</typeparam>
    /// <param name="content">The content.</param>
    public Task ReplyAsync<T>(T content)
        where T : IMessageContent<T> => _kernel.SendAsync(Channel, _kernel.Factory.CreateReply(Message, content), _routingPrefix);

    /// <summary>Sends the reply to an execute request that succeeded.</summary>
    /// <param name="executionCount">The execution count.</param>
    public Task ReplyOkAsync(int executionCount) => ReplyAsync(new ExecuteReply { ExecutionCount = executionCount });

    /// <summary>Sends the reply to an execute request that failed.</summary>
    /// <param name="executionCount">The execution count.</param>
    /// <param name="name">The exception's name.</param>
    /// <param name="value">The exception's message.</param>
    /// <param name="traceback">The traceback; a default one when empty.</param>
    public Task ReplyErrorAsync(int executionCount, string name, string value, params string[] traceback) =>
        ReplyAsync(new ExecuteReply
        {
            Status = ReplyStatus.Error, Error = Failure(name, value, traceback), ExecutionCount = executionCount,
        });

    /// <summary>Sends a reply with any message type, content and channel.</summary>
    /// <param name="messageType">The message type.</param>
    /// <param name="rawContent">The bytes of the content, valid JSON or not.</param>
    /// <param name="channel">The channel; null for that of the request. IRkernel, for example, answers a shell shutdown request on control.</param>
    public Task ReplyRawAsync(string messageType, ReadOnlyMemory<byte> rawContent, KernelChannel? channel = null) =>
        _kernel.SendAsync(channel ?? Channel, _kernel.Factory.Create(messageType, rawContent, Message), _routingPrefix);

    /// <summary>Sends an input request and waits for the answer.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="isPassword">Whether the client hides what is typed.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="OperationCanceledException">The kernel was interrupted or stopped during the wait.</exception>
    public async Task<string> AskAsync(string prompt, bool isPassword = false)
    {
        var question = _kernel.Factory.CreateReply(Message, new InputRequest { Prompt = prompt, IsPassword = isPassword });
        // Answers that arrived before the question do not count.
        var earlierAnswers = _kernel.Received.Items.Count(IsAnswer);
        // A ROUTER drops what is for a client that it does not know yet. The client may see the connection of its stdin before the kernel does.
        await _kernel.WaitForConnectionAsync(KernelChannel.Stdin, Interrupted);
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
