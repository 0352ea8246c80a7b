using System.Buffers;
using System.Net;
using System.Net.Sockets;
using KernelGateway.Logging;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace KernelGateway.AspNetCore.Transport;

/// <summary>Accepts connections on one socket.</summary>
/// <param name="socket">The socket, which listens; the listener owns it.</param>
/// <param name="options">The options of the connections.</param>
/// <param name="pool">The memory of the connections.</param>
/// <param name="time">The clock.</param>
/// <param name="accept">Accepts a client; null for the socket's own way.</param>
/// <param name="slots">Bounds how many connections are open; null for any number.</param>
/// <param name="waits">Is told why clients wait to be accepted; null for nobody.</param>
internal sealed class DrainingListener(
    Socket socket, SocketTransportOptions options, MemoryPool<byte> pool, TimeProvider time,
    Func<CancellationToken, ValueTask<Socket>>? accept = null, ConnectionSlots? slots = null, RateLimitedLog<string>? waits = null) : IConnectionListener
{
    // Without descriptors every attempt fails at once, and the client stays in the backlog.
    private static readonly TimeSpan PauseWithoutDescriptors = TimeSpan.FromMilliseconds(100);

    private readonly Func<CancellationToken, ValueTask<Socket>> _accept = accept ?? socket.AcceptAsync;
    private readonly CancellationTokenSource _unbound = new();   // has no timer, so nothing to dispose of

    // As Kestrel was told it: after the binding, so a port that was left open is known.
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
                // Else the client went before it was its turn; the next one may be there.
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

    // Null when the client has reset the connection already: then nothing can be asked of the socket any more.
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

    // False when the listener has been closed. The slot goes with the connection.
    private async ValueTask<bool> TakeSlotAsync(CancellationToken cancellationToken)
    {
        if (slots is null || slots.TryTake()) return true;
        waits?.Add("as many are open as may be");
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
