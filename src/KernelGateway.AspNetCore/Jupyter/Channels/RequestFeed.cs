using System.Globalization;
using KernelGateway.Kernels;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>Sends the messages of one client to the kernel: in order on each channel, and no channel waits for another.</summary>
/// <remarks>
/// An interrupt on control does not wait for a shell channel that accepts nothing. A loop runs for a channel only while messages
/// wait for it. Each message has the generation in which the session accepted it. When the session answers its pending requests
/// in place of the kernel, a new generation begins, and what waits here is discarded: it was meant for a process that has ended.
/// </remarks>
/// <param name="send">
/// Sends a message to the kernel, unless its third argument returns true when the receiving process is known.
/// </param>
/// <param name="account">The account of the waiting bytes.</param>
/// <param name="generation">Returns the current generation of the session (<see cref="ChannelSession.Generation"/>).</param>
/// <param name="closed">Called with the generation of a message when the kernel accepts no more messages.</param>
/// <param name="failed">Called with the generation of a message that could not be sent for any other reason.</param>
/// <param name="stopping">Cancelled when the server begins to stop.</param>
internal sealed class RequestFeed(
    Func<KernelChannel, JupyterMessage, Func<bool>, CancellationToken, Task> send,
    MemoryAccount account,
    Func<int> generation,
    Action<int, KernelClosedException> closed,
    Action<int, Exception> failed,
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
    /// <param name="accepted">The generation in which the session accepted it.</param>
    /// <returns>The reason for not sending it, or null.</returns>
    public RequestRefusal? Post(KernelChannel channel, JupyterMessage message, bool isCounted, int accepted)
    {
        var bytes = isCounted ? 0 : MessageSize.Measure(message);
        var lane = _lanes[IndexOf(channel)] ??= new Lane();
        lock (lane)
        {
            if (lane.Waiting.Count >= MaxWaiting) return RequestRefusal.QueueFull(lane.Waiting.Count, 0);
            if (!account.TryReserve(bytes)) return RequestRefusal.MemoryFull;
            lane.Waiting.Enqueue(new Request(message, bytes, accepted));
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
        while (TryTake(lane, out var request))
        {
            try
            {
                await SendAsync(channel, request);
            }
            catch (Exception exception)
            {
                // Without this the lane would end here, still count as running, and never send what is posted later.
                failed(request.Accepted, exception);
            }
            finally
            {
                account.Release(request.Bytes);
            }
        }
    }

    private static bool TryTake(Lane lane, out Request request)
    {
        lock (lane)
        {
            if (lane.Waiting.TryDequeue(out request)) return true;
            lane.IsRunning = false;
            return false;
        }
    }

    private async Task SendAsync(KernelChannel channel, Request request)
    {
        try
        {
            if (!IsObsolete(request)) await send(channel, request.Message, () => IsObsolete(request), stopping);
        }
        catch (KernelClosedException exception)
        {
            closed(request.Accepted, exception);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The server stops; the waiting messages are discarded one after the other.
        }
    }

    private bool IsObsolete(Request request) =>
        request.Accepted != generation() && !PendingRequests.OutlivesProcess(request.Message);

    private readonly record struct Request(JupyterMessage Message, long Bytes, int Accepted);

    private sealed class Lane
    {
        public Queue<Request> Waiting { get; } = new();

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
