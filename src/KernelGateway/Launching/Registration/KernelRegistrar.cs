using System.Globalization;
using KernelGateway.Logging;
using KernelGateway.Protocol.Wire;
using KernelGateway.Zmtp;
using KernelGateway.Zmtp.Sockets;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Launching.Registration;

/// <summary>Receives the registrations of kernels that choose their own ports.</summary>
/// <remarks>
/// JEP 66: one ROUTER socket on loopback for all kernels, bound by the first that needs it and kept, because a kernel registers again
/// whenever it is started again. A registration counts when it carries the signature of the key its kernel was given.
/// </remarks>
internal sealed partial class KernelRegistrar : IAsyncDisposable
{
    internal const string Ip = "127.0.0.1";

    private readonly ILogger _logger;
    private readonly RateLimitedLog<string> _refusals;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, RegistrationTicket> _tickets = new(StringComparer.Ordinal);    // Guarded by _lock, as the one below.
    private Task<int>? _start;
    private RouterSocket? _socket;
    private Task _receiving = Task.CompletedTask;
    private bool _isDisposed;

    internal KernelRegistrar(ILogger logger, TimeProvider time)
    {
        _logger = logger;
        _refusals = new RateLimitedLog<string>((reason, _, count) => LogRefused(reason, count), time);
    }

    /// <summary>Returns the port kernels register at, bound by the first call.</summary>
    internal Task<int> GetPortAsync()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            // One that failed is tried again: the next kernel may find the resources that were lacking.
            if (_start is null or { IsFaulted: true }) _start = StartAsync();
            return _start;
        }
    }

    /// <summary>Expects a kernel to register.</summary>
    internal RegistrationTicket Open(string registrationId, string key)
    {
        var ticket = new RegistrationTicket(this, registrationId, MessageSigner.Create(key));
        lock (_lock) _tickets.Add(registrationId, ticket);
        return ticket;
    }

    internal void Close(RegistrationTicket ticket)
    {
        lock (_lock) _tickets.Remove(ticket.RegistrationId);
    }

    public async ValueTask DisposeAsync()
    {
        Task<int>? start;
        lock (_lock)
        {
            _isDisposed = true;
            start = _start;
        }

        _refusals.Close();
        if (start is null) return;
        await ((Task)start).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_socket is not { } socket) return;
        await socket.DisposeAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
    }

    /// <summary>Checks one message and returns its answer; null for none.</summary>
    internal async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>?> HandleAsync(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        if (RegistrationMessage.TryRead(frames) is not { } message)
        {
            _refusals.Add("it is malformed");
            return null;
        }

        RegistrationTicket? ticket;
        lock (_lock) _tickets.TryGetValue(message.KernelId, out ticket);
        if (ticket is null)
            _refusals.Add("no kernel of that id is expected");
        else if (!message.IsGenuine(ticket.Signer))
            _refusals.Add("its signature is wrong");
        else if (!await ticket.AcceptAsync(message.Ports).ConfigureAwait(false))
            _refusals.Add("its kernel is registered with other ports");
        else
            return message.Acknowledge(ticket.Signer);
        return null;
    }

    private async Task<int> StartAsync()
    {
        // A registration is small; a larger message is refused before it is buffered.
        var socket = new RouterSocket(new ZmtpSocketOptions { MaxMessageBytes = 2 * RegistrationMessage.MaxContentBytes, Logger = _logger });
        try
        {
            var endpoint = await socket.BindAsync($"tcp://{Ip}:0").ConfigureAwait(false);
            _socket = socket;
            _receiving = ReceiveLoopAsync(socket);
            return int.Parse(endpoint.AsSpan(endpoint.LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch
        {
            await socket.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task ReceiveLoopAsync(RouterSocket socket)
    {
        try
        {
            while (true)
            {
                using var message = await socket.ReceiveAsync(CancellationToken.None).ConfigureAwait(false);
                if (await HandleAsync(message).ConfigureAwait(false) is { } answer)
                    await socket.SendAsync(answer, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (ObjectDisposedException)
        {
            // The regular end of the loop.
        }
    }

    // Without content of the message: any process that can connect could otherwise write to the log.
    [LoggerMessage(3120, LogLevel.Warning, "Kernel registrations were refused: {Reason}. Registrations since the last line about it: {Count}.")]
    private partial void LogRefused(string reason, long count);
}
