using System.Globalization;
using KernelGateway.Kernels;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>Sends the messages of one client to the kernel: in order on each channel, and no channel waits for another.</summary>
/// <remarks>
/// An interrupt on control does not wait for a shell channel that accepts nothing. A loop runs for a channel only while messages
/// wait for it.
/// </remarks>
/// <param name="send">Sends a message to the kernel.</param>
/// <param name="account">The account of the waiting bytes.</param>
/// <param name="closed">Called when the kernel accepts no more messages.</param>
/// <param name="stopping">Cancelled when the server begins to stop.</param>
internal sealed class RequestFeed(
    Func<KernelChannel, JupyterMessage, CancellationToken, Task> send,
    MemoryAccount account,
    Action<KernelClosedException> closed,
    CancellationToken stopping)
{
    /// <summary>The number of messages that may wait for one channel.</summary>
    public const int MaxWaiting = PendingRequests.Capacity;

    // Shell, control and stdin.
    private readonly Lane?[] _lanes = new Lane?[3];

    /// <summary>Sends a message when those before it on its channel have been sent. Returns at once.</summary>
    /// <param name="channel">Its channel.</param>
    /// <param name="message">The message, with its own memory.</param>
    /// <param name="isCounted">Whether its bytes are counted elsewhere.</param>
    /// <returns>The reason for not sending it, or null.</returns>
    public RequestRefusal? Post(KernelChannel channel, JupyterMessage message, bool isCounted)
    {
        var bytes = isCounted ? 0 : MessageSize.Measure(message);
        var lane = _lanes[IndexOf(channel)] ??= new Lane();
        lock (lane)
        {
            if (lane.Waiting.Count >= MaxWaiting) return RequestRefusal.QueueFull(lane.Waiting.Count, 0);
            if (!account.TryReserve(bytes)) return RequestRefusal.MemoryFull;
            lane.Waiting.Enqueue((message, bytes));
            if (lane.IsRunning) return null;
            lane.IsRunning = true;
        }

        // A message of the client reaches the kernel even when its connection has ended: CompleteAsync waits for it.
        lane.Running = SendAllAsync(channel, lane);
        return null;
    }

    /// <summary>Waits until all messages have been sent or discarded. Nothing may be posted any more.</summary>
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
                // The server stops; the waiting messages are discarded one after the other.
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

/// <summary>Why a client's message is not sent to the kernel; the client gets it as an error.</summary>
/// <param name="Name">The name of the error.</param>
/// <param name="Text">The reason, in a sentence.</param>
internal sealed record RequestRefusal(string Name, string Text)
{
    /// <summary>Creates the error for a kernel that has not accepted earlier messages.</summary>
    public static RequestRefusal QueueFull(long waitingMessages, long waitingBytes) => new(
        "RequestQueueFull",
        string.Create(
            CultureInfo.InvariantCulture,
            $"The kernel has not begun with {waitingMessages} earlier messages of this client ({waitingBytes} bytes); this one was not sent."));

    /// <summary>Gets the error for a full memory account of the gateway.</summary>
    public static RequestRefusal MemoryFull { get; } = new("GatewayMemoryFull", "The gateway's memory is full at this moment; the message was not sent.");

    /// <summary>Creates the error for a request that is no longer tracked.</summary>
    public static RequestRefusal Forgotten(int newer) => new(
        "RequestForgotten",
        string.Create(CultureInfo.InvariantCulture, $"{newer} newer requests of this client wait as well; the answer to this one will not be passed on."));
}
