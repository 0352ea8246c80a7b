namespace KernelGateway.AspNetCore;

/// <summary>How much is kept for Jupyter clients on the WebSocket route, and for how long.</summary>
public sealed class KernelChannelOptions
{
    /// <summary>Gets or sets how much output may wait for a client that is connected and does not keep up, in bytes.</summary>
    /// <value>
    /// Default: 64 MiB. At least 1 MiB. When more waits, the client is disconnected (close code 1008) and told so; nothing is lost when it
    /// comes back with the same <c>session_id</c>. What it finds then does not count. It is memory of the gateway, once for each such client.
    /// </value>
    public long MaxPendingBytes { get; set; } = 64L << 20;

    /// <summary>Gets or sets how much is kept for a client that is away, in bytes.</summary>
    /// <value>
    /// Default: 128 MiB; at least <see cref="MaxPendingBytes"/>. When more comes, the oldest output is dropped, and the client is told how
    /// much when it is back; replies and statuses are kept. Clients of one kernel share most of this memory.
    /// </value>
    public long MaxReplayBytes { get; set; } = 128L << 20;

    /// <summary>Gets or sets how much of what one client sends may wait for a kernel that has not begun with it, in bytes.</summary>
    /// <value>
    /// Default: 128 MiB. At least 1024. What does not fit is not sent and answered with an error; one message may always be longer. Up to 10,000
    /// messages wait. It is memory of the gateway or of the kernel, once for each client.
    /// </value>
    public long MaxWaitingRequestBytes { get; set; } = 128L << 20;

    /// <summary>Gets or sets the longest content of a <c>stream</c> message that clients get, in bytes.</summary>
    /// <value>
    /// Default: 256 KiB. At least 1024. A longer one is split into several of the same parent and stream. Clients limit what they receive:
    /// Python's <c>websockets</c> closes on more than 1 MiB. Other messages cannot be split.
    /// </value>
    public int MaxStreamMessageBytes { get; set; } = 256 << 10;

    /// <summary>Gets or sets how long a client that is away can come back with the same <c>session_id</c> and find what it missed.</summary>
    /// <value>Default: 24 hours, a laptop closed overnight. More than zero.</value>
    public TimeSpan SessionRetention { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Gets or sets how many clients of one kernel that are away are remembered.</summary>
    /// <value>Default: 32; the one that left first is forgotten when there are more. Zero remembers none.</value>
    public int MaxDetachedSessions { get; set; } = 32;

    /// <summary>Gets or sets how often a connection is pinged.</summary>
    /// <value>
    /// Default: 30 seconds. More than zero. A client that has answered pings and answers none for three times as long is gone. One that never
    /// answers any is left to TCP, which notices a client that is gone after some minutes.
    /// </value>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets the longest message a client may send, in bytes.</summary>
    /// <value>Default: 100 MiB. At least 1024. It is read into memory whole; a longer one closes the connection (1009).</value>
    public int MaxMessageBytes { get; set; } = 100 << 20;

    internal KernelChannelOptions Copy() => (KernelChannelOptions)MemberwiseClone();
}
