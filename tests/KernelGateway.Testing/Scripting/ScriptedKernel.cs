using System.Collections.Concurrent;
using System.Text;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Wire;

namespace KernelGateway.Testing.Scripting;

/// <summary>A Jupyter kernel on real sockets. The test decides every byte that it sends, and when.</summary>
/// <remarks>
/// Without further configuration it is a correct kernel for a small language (<see cref="EchoLanguage"/>). <see cref="On"/> replaces the handler
/// of a request type, <see cref="Tamper"/> changes or drops messages before they are sent, and <see cref="SendFramesAsync"/> sends any frames.
/// Shell requests are processed one at a time in order of arrival, control requests in parallel to them, as in any kernel.
/// </remarks>
public sealed class ScriptedKernel : IAsyncDisposable
{
    private readonly Lock _stopLock = new();
    private readonly ConcurrentDictionary<string, Func<KernelRequest, Task>> _handlers = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();
    private readonly AwaitableLog<KernelRequest> _requests = new();
    private readonly AwaitableLog<string> _subscriptions = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ScriptedKernelOptions _options;
    private readonly RequestQueue _shell;
    private readonly RequestQueue _control;
    private readonly WireCodec _codec;
    private readonly KernelSocketSet _sockets;
    private Task? _stopping;

    private ScriptedKernel(ScriptedKernelOptions options)
    {
        _options = options;
        var key = options.ConnectionInfo?.Key ?? options.Key;
        var scheme = options.ConnectionInfo?.SignatureScheme ?? options.SignatureScheme;
        _codec = new WireCodec(MessageSigner.Create(key, scheme));
        Factory = MessageFactory.StartSession("scripted", options.TimeProvider);
        _shell = new RequestQueue(HandleAsync, Failures);
        _control = new RequestQueue(HandleAsync, Failures);
        Language = new EchoLanguage(this);
        _sockets = new KernelSocketSet(options, ReceiveAsync);
        if (options.IsWellBehaved) StandardAnswers.Install(this, options);
    }

    /// <summary>Gets the addresses of the kernel and its key.</summary>
    public KernelConnectionInfo ConnectionInfo { get; private set; } = null!;

    /// <summary>Gets the factory of its messages.</summary>
    public MessageFactory Factory { get; }

    /// <summary>Gets the language in which it runs code when no handler replaces it.</summary>
    public EchoLanguage Language { get; }

    /// <summary>Gets everything that its shell, control and stdin sockets have received, valid or not.</summary>
    public AwaitableLog<ReceivedMessage> Received { get; } = new();

    /// <summary>Gets every heartbeat that it has received, answered or not.</summary>
    public AwaitableLog<IReadOnlyList<ReadOnlyMemory<byte>>> Heartbeats { get; } = new();

    /// <summary>
    /// Gets the exceptions of its handlers, except those caused by an interrupt. A test that expects none asserts that at its end.
    /// </summary>
    public AwaitableLog<Exception> Failures { get; } = new();

    /// <summary>
    /// Gets or sets a function that is called for every message before it is sent. It returns the frames to send, or null to send nothing.
    /// </summary>
    public Func<OutgoingMessage, IReadOnlyList<ReadOnlyMemory<byte>>?>? Tamper { get; set; }

    /// <summary>
    /// Gets or sets whether the kernel hangs: its connections stay open, but it processes nothing, sends nothing and answers no
    /// heartbeat.
    /// </summary>
    public bool IsSilent { get; set; }

    /// <summary>Gets a task that ends when the kernel has stopped, by request or by <see cref="StopAsync"/>.</summary>
    public Task Stopped => _stopped.Task;

    /// <summary>Starts a kernel. When the task completes, all its sockets are bound.</summary>
    /// <param name="options">The options; null for a well-behaved kernel on the inproc transport.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public static async Task<ScriptedKernel> StartAsync(
        ScriptedKernelOptions? options = null, CancellationToken cancellationToken = default)
    {
        var kernel = new ScriptedKernel(options ?? new ScriptedKernelOptions());
        try
        {
            kernel.ConnectionInfo = await kernel._sockets.BindAsync(cancellationToken);
        }
        catch
        {
            await kernel._sockets.DisposeAsync();
            throw;
        }

        kernel._shell.Start();
        kernel._control.Start();
        return kernel;
    }

    /// <summary>Writes a connection file for a client, readable by its owner only.</summary>
    /// <param name="path">The file. An existing file is replaced. The kernel does not delete it.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    /// <exception cref="InvalidOperationException">The kernel uses the inproc transport. Start it with tcp or ipc.</exception>
    public Task WriteConnectionFileAsync(string path, CancellationToken cancellationToken = default) =>
        ConnectionInfo.Transport == KernelTransport.InProc
            ? throw new InvalidOperationException("No other process can connect to this kernel: start it with Transport = Tcp or Ipc.")
            : ConnectionFile.WriteAsync(path, ConnectionInfo, cancellationToken);

    /// <summary>Sets the handler for requests of a type, in place of any earlier handler.</summary>
    /// <param name="messageType">The message type.</param>
    /// <param name="handler">The handler. It sends busy status, reply and idle status itself.</param>
    public void On(string messageType, Func<KernelRequest, Task> handler) => _handlers[messageType] = handler;

    /// <summary>Ignores requests of a type.</summary>
    /// <param name="messageType">The message type.</param>
    public void Ignore(string messageType) => On(messageType, _ => Task.CompletedTask);

    /// <summary>Waits until a request of a type has arrived and is about to be processed.</summary>
    /// <param name="messageType">The message type.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The first such request, already received or still to come.</returns>
    public Task<KernelRequest> WaitForRequestAsync(string messageType, CancellationToken cancellationToken) =>
        WaitForRequestAsync(messageType, 1, cancellationToken);

    /// <summary>Waits until a number of requests of a type have arrived.</summary>
    /// <param name="messageType">The message type.</param>
    /// <param name="number">The number of the request, from 1.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>That request, already received or still to come.</returns>
    public Task<KernelRequest> WaitForRequestAsync(string messageType, int number, CancellationToken cancellationToken) =>
        _requests.WaitForAsync(request => request.Message.MessageType == messageType, number, cancellationToken);

    /// <summary>Waits until a client has subscribed on iopub.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The topic of the first subscription, already received or still to come.</returns>
    public Task<string> WaitForSubscriberAsync(CancellationToken cancellationToken) =>
        WaitForSubscriberAsync(1, cancellationToken);

    /// <summary>Waits for the n-th subscription on iopub.</summary>
    /// <param name="number">The number of the subscription, from 1.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Its topic.</returns>
    public Task<string> WaitForSubscriberAsync(int number, CancellationToken cancellationToken) =>
        _subscriptions.WaitForAsync(_ => true, number, cancellationToken);

    /// <summary>
    /// Waits until a client has connected on a channel. A message that is sent to a client before its connection is dropped, because a ROUTER
    /// drops every message for an unknown routing id.
    /// </summary>
    /// <param name="channel">The channel.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task WaitForConnectionAsync(KernelChannel channel, CancellationToken cancellationToken) =>
        _sockets.Connections.WaitForAsync(connected => connected == channel, cancellationToken);

    /// <summary>Opens a gate. Code of the echo language that waits for it (<c>wait NAME</c>), now or later, continues.</summary>
    /// <param name="gate">The gate's name.</param>
    public void Release(string gate) => Gate(gate).TrySetResult();

    /// <summary>Interrupts the request that the shell is processing, as a signal would.</summary>
    public void Interrupt() => _shell.Interrupt();

    /// <summary>Publishes a message on iopub.</summary>
    /// <typeparam name="T">The content type.</typeparam>
    /// <param name="content">The content.</param>
    /// <param name="parent">The parent message, or null for none.</param>
    /// <param name="buffers">The frames after the content.</param>
    public Task PublishAsync<T>(T content, JupyterMessage? parent = null, IReadOnlyList<ReadOnlyMemory<byte>>? buffers = null)
        where T : IMessageContent<T>
    {
        var message = parent is null
            ? Factory.Create(content, null, buffers)
            : Factory.CreateReply(parent, content, null, buffers);
        return SendAsync(KernelChannel.IOPub, message, _options.UsesTopics ? [Topic(message)] : []);
    }

    /// <summary>Signs a message and sends it. <see cref="Tamper"/> can change or drop it, and <see cref="IsSilent"/> drops it.</summary>
    /// <param name="channel">The socket.</param>
    /// <param name="message">The message.</param>
    /// <param name="routingPrefix">The routing ids of the receiver, or the topic.</param>
    public Task SendAsync(KernelChannel channel, JupyterMessage message, IReadOnlyList<ReadOnlyMemory<byte>> routingPrefix)
    {
        var frames = _codec.Encode(message, routingPrefix);
        if (Tamper is not null) frames = Tamper(new OutgoingMessage(channel, message, frames));
        return frames is null || IsSilent ? Task.CompletedTask : SendFramesAsync(channel, frames);
    }

    /// <summary>Sends frames unchanged.</summary>
    /// <param name="channel">The socket.</param>
    /// <param name="frames">The frames. On all channels except iopub the first one is the routing id of the receiver.</param>
    /// <param name="cancellationToken">Cancels the wait for space in the queue of the socket.</param>
    public Task SendFramesAsync(
        KernelChannel channel, IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken = default) =>
        _sockets.SendAsync(channel, frames, cancellationToken);

    /// <summary>Closes the connections of one channel and listens again at the same address.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="cancellationToken">Cancels the wait until the address is free again.</param>
    public async Task CutAsync(KernelChannel channel, CancellationToken cancellationToken = default)
    {
        await CloseAsync(channel);
        await _sockets.BindAsync(channel, ConnectionInfo, cancellationToken);
    }

    /// <summary>Closes one channel permanently.</summary>
    /// <param name="channel">The channel.</param>
    public Task CloseAsync(KernelChannel channel) => _sockets.CloseAsync(channel);

    /// <summary>
    /// Ends the kernel at once, as if it had been killed: code is interrupted, all connections break, and nothing more is sent.
    /// </summary>
    public Task StopAsync()
    {
        lock (_stopLock) return _stopping ??= StopCoreAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    internal bool AbortsQueueOnError => _options.AbortsQueueOnError;

    internal TaskCompletionSource Gate(string name) =>
        _gates.GetOrAdd(name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Removes the requests of a type from the queue of the shell and returns them.</summary>
    internal IReadOnlyList<KernelRequest> TakeWaiting(string messageType) => _shell.TakeWaiting(messageType);

    private static ReadOnlyMemory<byte> Topic(JupyterMessage message) =>
        Encoding.UTF8.GetBytes($"kernel.scripted.{message.MessageType}");

    private Task ReceiveAsync(KernelChannel channel, IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        switch (channel)
        {
            case KernelChannel.IOPub:
                return NoteSubscriptionAsync(frames[0].Span);
            case KernelChannel.Heartbeat:
                var isAnswered = !IsSilent;
                Heartbeats.Add(frames);
                return isAnswered ? SendFramesAsync(channel, frames) : Task.CompletedTask;
            default:
                Queue(channel, frames);
                return Task.CompletedTask;
        }
    }

    private Task NoteSubscriptionAsync(ReadOnlySpan<byte> frame)
    {
        // XPUB: the byte 01 and a topic subscribe, the byte 00 and a topic unsubscribe.
        if (frame.IsEmpty || frame[0] != 1) return Task.CompletedTask;
        var topic = Encoding.UTF8.GetString(frame[1..]);
        _subscriptions.Add(topic);
        if (!_options.SendsWelcome) return Task.CompletedTask;
        var welcome = Factory.Create(new IOPubWelcome { Subscription = topic });
        return SendAsync(KernelChannel.IOPub, welcome, topic.Length > 0 ? [Encoding.UTF8.GetBytes(topic)] : []);
    }

    private void Queue(KernelChannel channel, IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        _codec.TryDecode(frames, out var message, out var prefixFrames, out var reason);
        // Kernels do not answer a message with a bad signature. An input reply goes to the handler that sent the input request.
        var isProcessed = message is not null && !IsSilent && channel != KernelChannel.Stdin;
        // Added last, after IsSilent was read: a test that sees this entry may change IsSilent at once.
        Received.Add(new ReceivedMessage(channel, frames, message, reason));
        if (!isProcessed) return;
        var request = new KernelRequest(this, channel, message!, [.. frames.Take(prefixFrames)]);
        (channel == KernelChannel.Control ? _control : _shell).Add(request);
    }

    private async Task HandleAsync(KernelRequest request)
    {
        _requests.Add(request);
        if (_handlers.TryGetValue(request.Message.MessageType, out var handler)) await handler(request);
        else if (_options.IsWellBehaved) await StandardAnswers.IgnoreAsync(request);
    }

    private async Task StopCoreAsync()
    {
        // The yield leaves the thread of a handler that called StopAsync, because the stop waits for that handler below.
        await Task.Yield();
        IsSilent = true;
        await _sockets.DisposeAsync();
        await _shell.StopAsync();
        await _control.StopAsync();
        _stopped.TrySetResult();
    }
}
