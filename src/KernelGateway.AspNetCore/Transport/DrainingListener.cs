using System.Buffers;
using System.Net;
using System.Net.Sockets;
using KernelGateway.Logging;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace KernelGateway.AspNetCore.Transport;

/// <summary>Accepts connections on one socket.</summary>
/// <param name="socket">The listening socket; the listener owns it.</param>
/// <param name="options">The options of the connections.</param>
/// <param name="pool">The memory of the connections.</param>
/// <param name="time">The clock.</param>
/// <param name="accept">Accepts a client; null to accept from the socket.</param>
/// <param name="slots">Limits the number of open connections; null for no limit.</param>
/// <param name="waits">Logs why clients wait to be accepted; null for no log.</param>
internal sealed class DrainingListener(
    Socket socket, SocketTransportOptions options, MemoryPool<byte> pool, TimeProvider time,
    Func<CancellationToken, ValueTask<Socket>>? accept = null, ConnectionSlots? slots = null, RateLimitedLog<string>? waits = null) : IConnectionListener
{
    // Without a free descriptor every attempt fails at once, and the client stays in the backlog.
    private static readonly TimeSpan PauseWithoutDescriptors = TimeSpan.FromMilliseconds(100);

    private readonly Func<CancellationToken, ValueTask<Socket>> _accept = accept ?? socket.AcceptAsync;
    private readonly CancellationTokenSource _unbound = new();   // has no timer, so it needs no disposal

    // Read after the binding, so it has the real port when port 0 was requested.
    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    /// <returns>The next connection; null when the listener has been closed.</returns>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        if (!await TakeSlotAsync(cancellationToken)) return null;
        DrainingConnection? connection = null;
        try
        {
            connection = await AcceptConnectionAsync(cancellationToken);
            return connection;
        }
        finally
        {
            if (connection is null) slots?.Release();
        }
    }

    private async ValueTask<DrainingConnection?> AcceptConnectionAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Socket accepted;
            try
            {
                accepted = await _accept(cancellationToken);
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.OperationAborted)
            {
                return null;
            }
            catch (SocketException exception)
            {
                // Else the client has closed while it waited in the backlog. Accept the next one.
                if (LacksResources(exception.SocketErrorCode)) await PauseAsync(cancellationToken);
                if (_unbound.IsCancellationRequested) return null;
                continue;
            }

            if (Start(accepted) is { } connection) return connection;
        }
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _unbound.CancelAsync();
        socket.Dispose();
    }

    public ValueTask DisposeAsync() => UnbindAsync();

    private static bool LacksResources(SocketError error) => error is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable;

    // Null when the client has reset the connection already: then the socket cannot be configured.
    private DrainingConnection? Start(Socket accepted)
    {
        try
        {
            if (accepted.LocalEndPoint is IPEndPoint) accepted.NoDelay = options.NoDelay;
            var connection = new DrainingConnection(accepted, options, pool, slots is null ? null : slots.Release);
            connection.Start();
            return connection;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            accepted.Dispose();
            return null;
        }
    }

    // False when the listener has been closed. The connection releases the slot.
    private async ValueTask<bool> TakeSlotAsync(CancellationToken cancellationToken)
    {
        if (slots is null || slots.TryTake()) return true;
        waits?.Add("the limit of open connections is reached");
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_unbound.Token, cancellationToken);
        try
        {
            await slots.TakeAsync(either.Token);
            return true;
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException && _unbound.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        waits?.Add("no file descriptor is free");
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_unbound.Token, cancellationToken);
        await Task.Delay(PauseWithoutDescriptors, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
