using System.Collections.Concurrent;
using System.Text;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Wire;

namespace KernelGateway.Testing.Scripting;

/// <summary>Is a real Jupyter kernel on real sockets, whose every byte and moment a test chooses.</summary>
/// <remarks>
/// Unless told otherwise it is a good kernel for a small language (<see cref="EchoLanguage"/>). <see cref="On"/> replaces what it
/// does with a type of request, <see cref="Tamper"/> changes or drops what it sends, <see cref="SendFramesAsync"/> sends anything
/// at all. Shell requests are processed one by one in the order of arrival, control requests beside them, as in any kernel.
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
        if (options.IsWellBehaved) GoodManners.Install(this, options);
    }

    /// <summary>Gets where the kernel is and the key it signs with.</summary>
    public KernelConnectionInfo ConnectionInfo { get; private set; } = null!;

    /// <summary>Gets the maker of its messages.</summary>
    public MessageFactory Factory { get; }

    /// <summary>Gets what its good side does with code.</summary>
    public EchoLanguage Language { get; }

    /// <summary>Gets everything that has reached its shell, control and stdin sockets, good or bad.</summary>
    public AwaitableLog<ReceivedMessage> Received { get; } = new();

    /// <summary>Gets every heartbeat that has reached it, answered or not.</summary>
    public AwaitableLog<IReadOnlyList<ReadOnlyMemory<byte>>> Heartbeats { get; } = new();

    /// <summary>
    /// Gets what its handlers have thrown, other than by being interrupted. A test that expects none says so at its end.
    /// </summary>
    public AwaitableLog<Exception> Failures { get; } = new();

    /// <summary>
    /// Gets or sets a function that sees every message before it is sent and gives the frames to send, or null to send nothing.
    /// </summary>
    public Func<OutgoingMessage, IReadOnlyList<ReadOnlyMemory<byte>>?>? Tamper { get; set; }

    /// <summary>
    /// Gets or sets whether the kernel hangs: its connections stay, but it processes nothing, sends nothing and answers no
    /// heartbeat.
    /// </summary>
    public bool IsSilent { get; set; }

    /// <summary>Gets a task that ends when the kernel has stopped, by request or by <see cref="StopAsync"/>.</summary>
    public Task Stopped => _stopped.Task;

    /// <summary>Starts a kernel; when the task ends, all its sockets are bound.</summary>
    /// <param name="options">What sort of kernel; a good one in the process's memory when null.</param>
    /// <param name="cancellationToken">Ends the start.</param>
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

    /// <summary>Writes a connection file, for a client that has nothing else; readable by its owner only.</summary>
    /// <param name="path">The file; replaced when it exists. It stays when the kernel has gone.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <exception cref="InvalidOperationException">The kernel listens in this process only: start it with tcp or ipc.</exception>
    public Task WriteConnectionFileAsync(string path, CancellationToken cancellationToken = default) =>
        ConnectionInfo.Transport == KernelTransport.InProc
            ? throw new InvalidOperationException("No other process can connect to this kernel: start it with Transport = Tcp or Ipc.")
            : ConnectionFile.WriteAsync(path, ConnectionInfo, cancellationToken);

    /// <summary>Sets what is done with requests of a type, in place of anything before.</summary>
    /// <param name="messageType">The message type.</param>
    /// <param name="handler">What to do; busy, reply and idle are up to it.</param>
    public void On(string messageType, Func<KernelRequest, Task> handler) => _handlers[messageType] = handler;

    /// <summary>Ignores requests of a type.</summary>
    /// <param name="messageType">The message type.</param>
    public void Ignore(string messageType) => On(messageType, _ => Task.CompletedTask);

    /// <summary>Waits until a request of a type has arrived and is about to be processed.</summary>
    /// <param name="messageType">The message type.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The first such request, past or future.</returns>
    public Task<KernelRequest> WaitForRequestAsync(string messageType, CancellationToken cancellationToken) =>
        WaitForRequestAsync(messageType, 1, cancellationToken);

    /// <summary>Waits until a number of requests of a type have arrived.</summary>
    /// <param name="messageType">The message type.</param>
    /// <param name="number">Which of them to wait for, from 1.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>That request, past or future.</returns>
    public Task<KernelRequest> WaitForRequestAsync(string messageType, int number, CancellationToken cancellationToken) =>
        _requests.WaitForAsync(request => request.Message.MessageType == messageType, number, cancellationToken);

    /// <summary>Waits until a client has subscribed on iopub.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The topic of the first subscription, past or future.</returns>
    public Task<string> WaitForSubscriberAsync(CancellationToken cancellationToken) =>
        WaitForSubscriberAsync(1, cancellationToken);

    /// <summary>Waits for the n-th subscription on iopub.</summary>
    /// <param name="number">Which one, from 1.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Its topic.</returns>
    public Task<string> WaitForSubscriberAsync(int number, CancellationToken cancellationToken) =>
        _subscriptions.WaitForAsync(_ => true, number, cancellationToken);

    /// <summary>
    /// Waits until a client has connected on a channel. What is sent to a client on a channel before that is dropped, as a ROUTER
    /// does with every message for a routing id that it does not know.
    /// </summary>
    /// <param name="channel">The channel.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task WaitForConnectionAsync(KernelChannel channel, CancellationToken cancellationToken) =>
        _sockets.Connections.WaitForAsync(connected => connected == channel, cancellationToken);

    /// <summary>Opens a gate at which code of the echo language waits (<c>wait NAME</c>), now or later.</summary>
    /// <param name="gate">The gate's name.</param>
    public void Release(string gate) => Gate(gate).TrySetResult();

    /// <summary>Interrupts what the shell is processing, as a signal would.</summary>
    public void Interrupt() => _shell.Interrupt();

    /// <summary>Publishes a message on iopub.</summary>
    /// <typeparam name="T">The content type.</typeparam>
    /// <param name="content">The content.</param>
    /// <param name="parent">The message it belongs to, or null for none.</param>
    /// <param name="buffers">Frames behind the content.</param>
    public Task PublishAsync<T>(T content, JupyterMessage? parent = null, IReadOnlyList<ReadOnlyMemory<byte>>? buffers = null)
        where T : IMessageContent<T>
    {
        var message = parent is null
            ? Factory.Create(content, null, buffers)
            : Factory.CreateReply(parent, content, null, buffers);
        return SendAsync(KernelChannel.IOPub, message, _options.UsesTopics ? [Topic(message)] : []);
    }

    /// <summary>Signs a message and sends it, unless <see cref="Tamper"/> or <see cref="IsSilent"/> are against it.</summary>
    /// <param name="channel">The socket.</param>
    /// <param name="message">The message.</param>
    /// <param name="routingPrefix">The routing ids of the receiver, or the topic.</param>
    public Task SendAsync(KernelChannel channel, JupyterMessage message, IReadOnlyList<ReadOnlyMemory<byte>> routingPrefix)
    {
        var frames = _codec.Encode(message, routingPrefix);
        if (Tamper is not null) frames = Tamper(new OutgoingMessage(channel, message, frames));
        return frames is null || IsSilent ? Task.CompletedTask : SendFramesAsync(channel, frames);
    }

    /// <summary>Sends frames as they are.</summary>
    /// <param name="channel">The socket.</param>
    /// <param name="frames">The frames; on all channels but iopub the first is the routing id of the receiver.</param>
    /// <param name="cancellationToken">Ends the waiting for room in the socket's queue.</param>
    public Task SendFramesAsync(
        KernelChannel channel, IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken = default) =>
        _sockets.SendAsync(channel, frames, cancellationToken);

    /// <summary>Cuts the connections of one channel and goes on listening at the same place.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="cancellationToken">Ends the waiting for the place to be free again.</param>
    public async Task CutAsync(KernelChannel channel, CancellationToken cancellationToken = default)
    {
        await CloseAsync(channel);
        await _sockets.BindAsync(channel, ConnectionInfo, cancellationToken);
    }

    /// <summary>Closes one channel for good.</summary>
    /// <param name="channel">The channel.</param>
    public Task CloseAsync(KernelChannel channel) => _sockets.CloseAsync(channel);

    /// <summary>
    /// Ends the kernel at once, as if it had been killed: code is interrupted, all connections break, nothing more is sent.
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

    /// <summary>Takes the requests of a type that wait in the shell's queue.</summary>
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
        // XPUB: 01 and a topic to subscribe, 00 and a topic to unsubscribe.
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
        // A bad signature gets no answer from any kernel. Answers to questions go to the client that asked.
        var isProcessed = message is not null && !IsSilent && channel != KernelChannel.Stdin;
        // Noted last: a test that has seen it may at once change its mind about the silence.
        Received.Add(new ReceivedMessage(channel, frames, message, reason));
        if (!isProcessed) return;
        var request = new KernelRequest(this, channel, message!, [.. frames.Take(prefixFrames)]);
        (channel == KernelChannel.Control ? _control : _shell).Add(request);
    }

    private async Task HandleAsync(KernelRequest request)
    {
        _requests.Add(request);
        if (_handlers.TryGetValue(request.Message.MessageType, out var handler)) await handler(request);
        else if (_options.IsWellBehaved) await GoodManners.IgnoreAsync(request);
    }

    private async Task StopCoreAsync()
    {
        // Not on the thread of a handler that asked for it and is itself waited for below.
        await Task.Yield();
        IsSilent = true;
        await _sockets.DisposeAsync();
        await _shell.StopAsync();
        await _control.StopAsync();
        _stopped.TrySetResult();
    }
}
