using System.Net.Sockets;
using KernelGateway.Zmtp.Peers;
using KernelGateway.Zmtp.Transports;

namespace KernelGateway.Zmtp.Connections;

/// <summary>Accepts connections at one endpoint, runs each, and waits for all of them at the end.</summary>
internal sealed class Acceptor(
    IConnectionOwner owner, IConnectionObserver observer, ZmtpListener listener, Func<string, Peer> createPeer)
{
    // The maximum number of connections in the handshake, which cost a peer nothing; beyond it new ones are refused.
    private const int MaxHandshakes = 1000;

    // Accepting can fail because no file descriptor is free; a new attempt without a pause would only use processor time.
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly HashSet<Task> _running = [];
    private int _handshakes;

    public async Task RunAsync(CancellationToken stopAccepting, CancellationToken closing)
    {
        await using (listener.ConfigureAwait(false))
            await AcceptAsync(stopAccepting, closing).ConfigureAwait(false);

        Task[] running;
        lock (_gate)
            running = [.. _running];
        await Task.WhenAll(running).ConfigureAwait(false);
    }

    private async ValueTask AcceptAsync(CancellationToken stopAccepting, CancellationToken closing)
    {
        while (!stopAccepting.IsCancellationRequested)
        {
            try
            {
                Admit(await listener.AcceptAsync(stopAccepting).ConfigureAwait(false), closing);
            }
            catch (OperationCanceledException) when (stopAccepting.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                await Task.Delay(PauseAfterFailure, owner.Options.TimeProvider, stopAccepting)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Admit(ZmtpTransport transport, CancellationToken closing)
    {
        if (Volatile.Read(ref _handshakes) >= MaxHandshakes)
        {
            transport.Dispose();
            return;
        }

        Interlocked.Increment(ref _handshakes);
        var started = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        var task = BackgroundTask.Start(() => RunConnectionAsync(transport, started.Task, closing));
        lock (_gate)
            _running.Add(task);
        started.SetResult(task);
    }

    private async Task RunConnectionAsync(ZmtpTransport transport, Task<Task> own, CancellationToken closing)
    {
        var peer = createPeer(listener.Endpoint);
        peer.HandshakeEnded = () => Interlocked.Decrement(ref _handshakes);
        using var connection = new ZmtpConnection(owner, transport, peer);
        await connection.RunAsync(closing).ConfigureAwait(false);
        peer.EndHandshake();
        observer.OnEnded(peer, connection, willRetry: false);

        var task = await own.ConfigureAwait(false);
        lock (_gate)
            _running.Remove(task);
    }
}
