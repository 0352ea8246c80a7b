using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.WebSockets;
using KernelGateway.Logging;
using KernelGateway.Memory;
using KernelGateway.SandboxServices.Files;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Legacy.Rpc;

/// <summary>The JSON-RPC connection of one client: reads calls, runs them side by side, sends results and notifications.</summary>
/// <remarks>
/// The clients end their process when an answer comes later than ten seconds after the call, so a late answer is dropped. They also drop
/// notifications that come before the id of their subscription was processed: a ping follows the id, and notifications wait for its pong.
/// </remarks>
internal sealed partial class RpcConnection : IAsyncDisposable
{
    private const int MaxCalls = 256;
    private const string SubscribeMethod = "subscribe";
    private const string UnsubscribeMethod = "unsubscribe";

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan PongLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(45);

    private readonly Dictionary<string, IRpcService> _services;
    private readonly AuditCaller _caller;
    private readonly MemoryAccount _memory;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ended = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly SemaphoreSlim _calls = new(MaxCalls);
    private readonly ConcurrentDictionary<string, RpcSubscription> _subscriptions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<long, TaskCompletionSource> _pongs = new();

    // The ids of the calls that have no answer. The code that removes one answers it. A second answer would end the client's process.
    private readonly ConcurrentDictionary<long, JsonElement> _unanswered = new();
    private long _lastCall;
    private long _lastPing;
    private bool _isClosed;                  // written and read with _sending
    private WebSocketConnection _socket = null!;   // set by RunAsync before anything is sent

    public RpcConnection(
        IEnumerable<IRpcService> services, AuditCaller caller, MemoryAccount memory, TimeProvider time, ILogger logger)
    {
        _caller = caller;
        _services = services.ToDictionary(service => service.Name, StringComparer.Ordinal);
        _memory = memory;
        _time = time;
        _logger = logger;
    }

    /// <summary>Gets a token that is cancelled when the connection has ended.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Serves the client until either side ends the connection.</summary>
    /// <param name="socket">The connection; its pongs are given to <see cref="OnPong"/>.</param>
    /// <param name="stopping">Cancelled when the server begins to stop.</param>
    public async Task RunAsync(WebSocketConnection socket, CancellationToken stopping)
    {
        _socket = socket;
        await using var stop = stopping.UnsafeRegister(static state => _ = ((RpcConnection)state!).CloseAsync("The gateway is stopping."), this);
        await using var pings = _time.CreateTimer(
            static state => _ = ((RpcConnection)state!).PingAsync(), this, PingInterval, PingInterval);
        while (await socket.ReceiveAsync(CancellationToken.None) is { } message)
        {
            await _calls.WaitAsync(CancellationToken.None);
            var bytes = message.Payload.Length;
            if (!_memory.TryReserve(bytes))
            {
                _calls.Release();
                await socket.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, "The gateway has no memory for the message.", CancellationToken.None);
                return;
            }

            // The payload is valid until the next one is received. Calls run side by side, and begin in their order.
            _ = AnswerAsync(message.Payload.ToArray());
        }
    }

    /// <summary>Answers the calls that run with an error, and begins to close the connection: what they wait for will not happen.</summary>
    /// <param name="reason">The reason, for the client.</param>
    public async Task CloseAsync(string reason)
    {
        foreach (var (number, id) in _unanswered)
        {
            if (TryTakeOver(number)) await SendAsync(RpcMessages.Error(id, RpcException.Of(reason)));
        }

        try
        {
            await _sending.WaitAsync(_ended.Token);
            try
            {
                _isClosed = true;
                await _socket.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, reason, _ended.Token);
            }
            finally
            {
                _sending.Release();
            }
        }
        catch (OperationCanceledException)
        {
            // The client was faster.
        }
    }

    /// <summary>Handles a pong of the client.</summary>
    public void OnPong(ReadOnlySpan<byte> payload)
    {
        if (payload.Length == sizeof(long) && _pongs.TryRemove(BitConverter.ToInt64(payload), out var pong)) pong.TrySetResult();
    }

    /// <summary>Sends a message, and waits while the client does not read.</summary>
    /// <returns>False when the connection has ended.</returns>
    public Task<bool> SendAsync(ReadOnlyMemory<byte> message) => WriteAsync(socket => socket.WriteMessage(isText: true, message));

    /// <summary>Ends all subscriptions.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        foreach (var id in _subscriptions.Keys) await UnsubscribeAsync(id);
        foreach (var pong in _pongs.Values) pong.TrySetResult();
    }

    private async Task AnswerAsync(byte[] payload)
    {
        var number = Interlocked.Increment(ref _lastCall);
        try
        {
            var begun = _time.GetTimestamp();
            var answer = await RunCallAsync(number, payload);
            if (answer.IsEmpty || _time.GetElapsedTime(begun) > AnswerLimit) return;
            await SendAsync(answer);
        }
        catch (Exception exception)
        {
            LogFailed(exception);
            _socket.Abort();
        }
        finally
        {
            _unanswered.TryRemove(number, out _);
            _memory.Release(payload.Length);
            _calls.Release();
        }
    }

    // Empty where the answer has been sent.
    private async Task<ReadOnlyMemory<byte>> RunCallAsync(long number, byte[] payload)
    {
        JsonElement? id = null;
        var isKnown = false;
        try
        {
            using var document = Parse(payload);
            var call = document.RootElement;
            if (call.ValueKind == JsonValueKind.Object && call.TryGetProperty("id", out var found)) id = found.Clone();
            if (id is null || !call.TryGetProperty("method", out var method) || method.ValueKind != JsonValueKind.String)
                throw new RpcException(RpcException.InvalidRequest, "invalid request: an object with 'id', 'method' and 'params' is expected");
            _ = call.TryGetProperty("params", out var parameters);
            _unanswered[number] = id.Value;
            isKnown = true;
            var answer = await DispatchAsync(number, id.Value, method.GetString()!, new RpcParameters(parameters, _caller));
            return TryTakeOver(number) ? answer : default;
        }
        catch (RpcException exception)
        {
            return Fail(exception);
        }
        catch (SandboxFileException exception)
        {
            return Fail(RpcException.Of(exception.Message));
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            return default;
        }
        catch (Exception exception)
        {
            LogFailed(exception);
            return Fail(RpcException.Of("The gateway failed."));
        }

        // Before it is known, a call without a usable id cannot have been answered.
        ReadOnlyMemory<byte> Fail(RpcException exception) =>
            !isKnown || TryTakeOver(number) ? RpcMessages.Error(id, exception) : default;
    }

    private bool TryTakeOver(long number) => _unanswered.TryRemove(number, out _);

    private static JsonDocument Parse(byte[] payload)
    {
        try
        {
            return JsonDocument.Parse(payload);
        }
        catch (JsonException exception)
        {
            throw new RpcException(RpcException.ParseError, $"parse error: {exception.Message}");
        }
    }

    private async Task<ReadOnlyMemory<byte>> DispatchAsync(long number, JsonElement id, string method, RpcParameters parameters)
    {
        var end = method.IndexOf('_', StringComparison.Ordinal);
        if (end < 0 || !_services.TryGetValue(method[..end], out var service)) throw UnknownMethod(method);
        switch (method[(end + 1)..])
        {
            case SubscribeMethod:
                await SubscribeAsync(number, id, service, parameters);
                return default;
            case UnsubscribeMethod:
                // Clients unsubscribe several times, also from what is gone.
                await UnsubscribeAsync(parameters.FindString(0) ?? "");
                return RpcMessages.Result(id, true);
            case var name:
                return RpcMessages.Result(id, await (service.CallAsync(name, parameters) ?? throw UnknownMethod(method)));
        }
    }

    private async Task SubscribeAsync(long number, JsonElement id, IRpcService service, RpcParameters parameters)
    {
        var topic = parameters.GetString(0);
        var subscription = new RpcSubscription(this, service.Name);
        var source = service.SubscribeAsync(topic, parameters, subscription)
            ?? throw new RpcException(RpcException.UnknownMethod, $"no \"{topic}\" subscription in {service.Name} namespace");
        subscription.Source = await source;
        _subscriptions[subscription.Id] = subscription;

        // The connection may have ended meanwhile, and with it the subscriptions that it knew.
        if (_ended.IsCancellationRequested) await UnsubscribeAsync(subscription.Id);
        if (TryTakeOver(number)) await SendAsync(RpcMessages.Result(id, subscription.Id));
        await PingAsync();
        subscription.Release();
    }

    private async Task UnsubscribeAsync(string id)
    {
        if (!_subscriptions.TryRemove(id, out var subscription)) return;
        subscription.Release();
        if (subscription.Source is { } source) await source.DisposeAsync();
    }

    // Waits for the pong: the client has then processed what was sent before.
    private async Task PingAsync()
    {
        var number = Interlocked.Increment(ref _lastPing);
        var pong = _pongs[number] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            if (!await WriteAsync(socket => socket.WritePing(BitConverter.GetBytes(number)))) return;
            await pong.Task.WaitAsync(PongLimit, _time, _ended.Token);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // A client that answers no pings gets its notifications all the same.
        }
        finally
        {
            _pongs.TryRemove(number, out _);
        }
    }

    // One message or ping at a time. False when the connection has ended.
    private async Task<bool> WriteAsync(Action<WebSocketConnection> write)
    {
        try
        {
            await _sending.WaitAsync(_ended.Token);
            try
            {
                if (_isClosed) return false;
                write(_socket);
                return await _socket.FlushAsync(_ended.Token);
            }
            finally
            {
                _sending.Release();
            }
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static RpcException UnknownMethod(string method) => new(
        RpcException.UnknownMethod, $"the method {OutsideText.Escape(method)} does not exist/is not available");

    [LoggerMessage(5601, LogLevel.Error, "A call of a JSON-RPC client failed unexpectedly.")]
    private partial void LogFailed(Exception exception);
}
