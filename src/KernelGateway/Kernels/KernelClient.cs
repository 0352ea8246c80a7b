using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using KernelGateway.Guarding;
using KernelGateway.Logging;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Control;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Messages.Stdin;
using KernelGateway.Protocol.Wire;
using KernelGateway.Telemetry;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>
/// The client of one kernel: sends requests, finds the handler of each answer by its parent, and passes messages on to observers.
/// </summary>
/// <remarks>
/// A reply's waiter is registered before its request is sent. Requests other than executions wait for their reply only; a kernel
/// that computes answers them afterwards.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The kernel disposes its client. Users of the client cannot.")]
public sealed partial class KernelClient
{
    // The number of ended requests that are still known by their id. Output of threads and timers may arrive long after the end.
    private const int RememberedRequests = 64;

    private readonly ConcurrentDictionary<string, IMessageHandler> _handlers = new(StringComparer.Ordinal);
    private readonly Queue<string> _ended = new();
    private readonly Queue<string> _answered = new();
    private readonly Lock _gate = new();
    private readonly MessageFactory _messages;
    private readonly KernelConnection _connection;
    private readonly KernelOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly GatewayTelemetry _telemetry;
    private readonly RateLimitedLog<KernelChannel> _unreadable;
    private volatile KernelCloseInfo? _closed;

    internal KernelClient(
        KernelConnectionInfo info, KernelOptions options, GatewayTelemetry telemetry, KernelChannelOpener channels, ILogger logger, TimeProvider time)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _telemetry = telemetry;
        _unreadable = new((channel, problem, count) => LogUnreadable(channel, problem, count), time);
        _messages = MessageFactory.StartSession(timeProvider: time);

        // Before the channels are opened: an unknown scheme is refused here.
        var signer = MessageSigner.Create(info.Key, info.SignatureScheme);
        _connection = new KernelConnection(channels.Open(info, _messages.SessionId), signer, Dispatch, OnFailed, logger, time)
        {
            OutputLost = OnOutputLost,
            Dropped = reason => telemetry.OnMessageDropped(DropStage.Kernel, reason),
        };
    }

    /// <summary>Gets the session id of this client's messages.</summary>
    public string SessionId => _messages.SessionId;

    internal KernelConnection Connection => _connection;

    /// <summary>Gets or sets the callback that is called once when reading the sockets has failed.</summary>
    internal Action<Exception>? Failed { get; set; }

    /// <summary>Gets or sets the callback that sees every message before its handler.</summary>
    internal Action<KernelChannel, JupyterMessage>? Observer { get; set; }

    /// <summary>
    /// Gets or sets the callback for every message except the answers to the gateway's own requests and subscriptions. Its second
    /// argument is whether the message belongs to code of a context.
    /// </summary>
    internal Action<KernelChannel, JupyterMessage, bool>? Relay { get; set; }

    /// <summary>Requests the kernel's info.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="KernelRequestException">No answer in time.</exception>
    /// <exception cref="KernelClosedException">The kernel has ended.</exception>
    public Task<KernelInfoReply> GetKernelInfoAsync(CancellationToken cancellationToken = default) =>
        RequestAsync<KernelInfoRequest, KernelInfoReply>(KernelChannel.Shell, new KernelInfoRequest(), cancellationToken);

    /// <summary>Asks for completions.</summary>
    /// <param name="request">The code and the cursor, counted in Unicode code points.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="KernelRequestException">No answer in time, or the kernel does not support it.</exception>
    /// <exception cref="KernelClosedException">The kernel has ended.</exception>
    public Task<CompleteReply> CompleteAsync(CompleteRequest request, CancellationToken cancellationToken = default) =>
        RequestAsync<CompleteRequest, CompleteReply>(KernelChannel.Shell, request, cancellationToken);

    /// <summary>Requests documentation of the name at the cursor.</summary>
    /// <param name="request">The code and the cursor, counted in Unicode code points.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="KernelRequestException">No answer in time, or the kernel does not support it.</exception>
    /// <exception cref="KernelClosedException">The kernel has ended.</exception>
    public Task<InspectReply> InspectAsync(InspectRequest request, CancellationToken cancellationToken = default) =>
        RequestAsync<InspectRequest, InspectReply>(KernelChannel.Shell, request, cancellationToken);

    /// <summary>Requests whether code is complete.</summary>
    /// <param name="request">The code.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="KernelRequestException">No answer in time, or the kernel does not support it.</exception>
    /// <exception cref="KernelClosedException">The kernel has ended.</exception>
    public Task<IsCompleteReply> IsCompleteAsync(IsCompleteRequest request, CancellationToken cancellationToken = default) =>
        RequestAsync<IsCompleteRequest, IsCompleteReply>(KernelChannel.Shell, request, cancellationToken);

    /// <summary>Asks for the history of inputs.</summary>
    /// <param name="request">Which part of it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="KernelRequestException">No answer in time, or the kernel does not support it.</exception>
    /// <exception cref="KernelClosedException">The kernel has ended.</exception>
    public Task<HistoryReply> GetHistoryAsync(HistoryRequest request, CancellationToken cancellationToken = default) =>
        RequestAsync<HistoryRequest, HistoryReply>(KernelChannel.Shell, request, cancellationToken);

    /// <summary>Sends a message with a header that the caller has chosen.</summary>
    /// <param name="channel">Shell, control or stdin.</param>
    /// <param name="message">The message; what answers it reaches observers (<see cref="Kernel.Observe"/>).</param>
    /// <param name="cancellationToken">Cancels until the message has been handed to the socket.</param>
    /// <exception cref="KernelClosedException">The kernel has ended.</exception>
    public async Task SendAsync(KernelChannel channel, JupyterMessage message, CancellationToken cancellationToken = default)
    {
        try
        {
            await _connection.SendAsync(channel, message, cancellationToken).ConfigureAwait(false);
        }
        catch (ObjectDisposedException) when (_closed is { } closed)
        {
            throw new KernelClosedException(closed);
        }
    }

    internal async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        _unreadable.Close();
    }

    internal void Open() => _connection.Open();

    /// <summary>Sends an execution; false, and nothing was sent, when the kernel had ended before.</summary>
    internal async Task<string?> TrySendExecuteAsync(ExecuteRequest request, IMessageHandler handler)
    {
        var message = _messages.Create(request);
        if (!TryRegister(message.MessageId, handler)) return null;
        try
        {
            await _connection.SendAsync(KernelChannel.Shell, message, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // Closed in between; the handler was notified.
        }

        return message.MessageId;
    }

    internal async Task SendInputReplyAsync(string value, JupyterMessage parent, CancellationToken cancellationToken)
    {
        var reply = _messages.CreateReply(parent, new InputReply { Value = value });
        await SendAsync(KernelChannel.Stdin, reply, cancellationToken).ConfigureAwait(false);
    }

    internal async Task<TReply> RequestAsync<TRequest, TReply>(
        KernelChannel channel, TRequest request, CancellationToken cancellationToken, TimeSpan? timeout = null)
        where TRequest : IMessageContent<TRequest>
        where TReply : IMessageContent<TReply>
    {
        var reply = await RequestAsync(channel, _messages.Create(request), timeout ?? _options.RequestTimeout, cancellationToken)
            .ConfigureAwait(false);
        try
        {
            return reply.ReadContent<TReply>();
        }
        catch (MessageFormatException exception)
        {
            throw new KernelRequestException(TRequest.MessageType, KernelRequestFailure.Unreadable, $"The kernel's answer cannot be read: {exception.Message}");
        }
    }

    internal async Task<JupyterMessage> RequestAsync(
        KernelChannel channel, JupyterMessage message, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var pending = new PendingReply(message.MessageType, _options.CompletionGrace, _time);
        if (!TryRegister(message.MessageId, pending)) throw new KernelClosedException(_closed!);
        try
        {
            // A kernel that computes may not even take the request.
            await SendAsync(channel, message, linked.Token).ConfigureAwait(false);
            return await pending.Reply.WaitAsync(linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new KernelRequestException(
                message.MessageType,
                KernelRequestFailure.TimedOut,
                $"The kernel did not answer the {message.MessageType} within {timeout.TotalSeconds:0.###} seconds; it may be computing.");
        }
        finally
        {
            // Its statuses may arrive after the reply, and the reply after the time limit; they are not relayed either.
            if (pending is { Reply.IsCompletedSuccessfully: true, IsIdle: true }) _handlers.TryRemove(message.MessageId, out _);
            else Remember(_answered, message.MessageId);
        }
    }

    /// <summary>Returns all handlers that wait for answers at this moment.</summary>
    internal IReadOnlyList<IMessageHandler> GetWaiting() => [.. _handlers.Values];

    internal JupyterMessage CreateRequest<T>(T content)
        where T : IMessageContent<T> => _messages.Create(content);

    /// <summary>
    /// Registers the handler of a request; false when the kernel has ended, and then the handler is not called.
    /// </summary>
    internal bool TryRegister(string messageId, IMessageHandler handler)
    {
        lock (_gate)
        {
            if (_closed is not null) return false;
            _handlers[messageId] = handler;
            return true;
        }
    }

    /// <summary>Remembers an ended execution for late output, and forgets the oldest one.</summary>
    internal void Remember(string messageId) => Remember(_ended, messageId);

    /// <summary>Notifies every waiter that the kernel has ended. Only the first call has an effect.</summary>
    internal bool Close(KernelCloseInfo info)
    {
        IMessageHandler[] handlers;
        lock (_gate)
        {
            if (_closed is not null) return false;
            _closed = info;
            handlers = [.. _handlers.Values];
            _handlers.Clear();
        }

        foreach (var handler in handlers) Guarded.Invoke(_logger, "Ending what waits for a kernel", () => handler.OnClosed(info));
        return true;
    }

    private void Remember(Queue<string> requests, string messageId)
    {
        lock (_gate)
        {
            requests.Enqueue(messageId);
            if (requests.Count > RememberedRequests) _handlers.TryRemove(requests.Dequeue(), out _);
        }
    }

    private void Dispatch(KernelChannel channel, JupyterMessage message)
    {
        Observer?.Invoke(channel, message);
        IMessageHandler? handler = null;
        if (message.ParentMessageId is { } parent && _handlers.TryGetValue(parent, out handler))
        {
            Handle(handler, channel, message);
            if (handler is PendingReply { Reply.IsCompleted: true, IsIdle: true }) _handlers.TryRemove(parent, out _);
        }

        // The welcome answers the gateway's subscription. It may arrive after other messages, even after clients have connected.
        if (handler is not PendingReply && message.MessageType != MessageTypes.IOPubWelcome) Relay?.Invoke(channel, message, handler is not null);
    }

    // One message that cannot be read costs that message, not the connection to the kernel.
    private void Handle(IMessageHandler handler, KernelChannel channel, JupyterMessage message)
    {
        try
        {
            handler.OnMessage(channel, message);
        }
        catch (MessageFormatException exception)
        {
            _telemetry.OnMessageDropped(DropStage.Kernel, DropReason.UnreadableContent);
            _unreadable.Add(channel, $"{message.MessageType}: {exception.Message}");
        }
    }

    private void OnOutputLost(string explanation)
    {
        foreach (var handler in _handlers.Values) handler.OnOutputLost(explanation);
    }

    private void OnFailed(Exception exception) => Failed?.Invoke(exception);

    [LoggerMessage(3203, LogLevel.Warning, "Messages on {Channel} were dropped. Messages since the last line about it: {Count}. The last one: {Problem}")]
    private partial void LogUnreadable(KernelChannel channel, string problem, long count);
}
