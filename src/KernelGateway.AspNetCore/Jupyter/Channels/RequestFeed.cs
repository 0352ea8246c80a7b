using KernelGateway.Kernels;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>Sends what one connection's client says to the kernel: in order on each channel, and no channel waits for another.</summary>
/// <remarks>An interrupt on control is not held up by a shell that takes nothing. There is a loop for a channel only while something waits for it.</remarks>
/// <param name="send">Sends a message to the kernel.</param>
/// <param name="account">Counts what waits.</param>
/// <param name="closed">Is told when the kernel takes nothing any more.</param>
/// <param name="stopping">Fires when the server begins to stop.</param>
internal sealed class RequestFeed(
    Func<KernelChannel, JupyterMessage, CancellationToken, Task> send,
    MemoryAccount account,
    Action<KernelClosedException> closed,
    CancellationToken stopping)
{
    /// <summary>How many messages may wait for one channel.</summary>
    public const int MaxWaiting = PendingRequests.Capacity;

    // Shell, control and stdin.
    private readonly Lane?[] _lanes = new Lane?[3];

    /// <summary>Sends a message when those before it on its channel have been sent. Returns at once.</summary>
    /// <param name="channel">Its channel.</param>
    /// <param name="message">The message, with its own memory.</param>
    /// <param name="isCounted">Whether somebody else counts its bytes.</param>
    /// <returns>Why it is not sent; null when it is.</returns>
    public RequestRefusal? Post(KernelChannel channel, JupyterMessage message, bool isCounted)
    {
        var bytes = isCounted ? 0 : MessageSize.Of(message);
        var lane = _lanes[IndexOf(channel)] ??= new Lane();
        lock (lane)
        {
            if (lane.Waiting.Count >= MaxWaiting) return RequestRefusal.QueueFull(lane.Waiting.Count, 0);
            if (!account.TryReserve(bytes)) return RequestRefusal.MemoryFull;
            lane.Waiting.Enqueue((message, bytes));
            if (lane.IsRunning) return null;
            lane.IsRunning = true;
        }

        // What the client has sent reaches the kernel, also when its connection has gone meanwhile: CompleteAsync waits for it.
        lane.Running = SendAllAsync(channel, lane);
        return null;
    }

    /// <summary>Waits until everything has been sent, or never will be. Nothing may be posted any more.</summary>
    public async Task CompleteAsync()
    {
        foreach (var lane in _lanes)
        {
            if (lane is not null) await lane.Running;
        }
    }

    private static int IndexOf(KernelChannel channel) => channel switch
    {
        KernelChannel.Shell => 0,
        KernelChannel.Control => 1,
        KernelChannel.Stdin => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(channel), channel, "Clients send on shell, control and stdin."),
    };

    private async Task SendAllAsync(KernelChannel channel, Lane lane)
    {
        while (true)
        {
            JupyterMessage message;
            long bytes;
            lock (lane)
            {
                if (!lane.Waiting.TryDequeue(out var next))
                {
                    lane.IsRunning = false;
                    return;
                }

                (message, bytes) = next;
            }

            try
            {
                await send(channel, message, stopping);
            }
            catch (KernelClosedException exception)
            {
                closed(exception);
            }
            catch (OperationCanceledException)
            {
                // The server stops; what waits is given up one after the other.
            }
            finally
            {
                account.Release(bytes);
            }
        }
    }

    private sealed class Lane
    {
        public Queue<(JupyterMessage Message, long Bytes)> Waiting { get; } = new();

        public bool IsRunning { get; set; }

        public Task Running { get; set; } = Task.CompletedTask;
    }
}
