namespace KernelGateway.AspNetCore;

/// <summary>Limits of the messages retained for Jupyter clients on the WebSocket route.</summary>
public sealed class KernelChannelOptions
{
    /// <summary>Gets or sets the output that may wait for a connected client that does not keep up, in bytes.</summary>
    /// <value>
    /// Default: 64 MiB. At least 1 MiB. Beyond it the client is disconnected (close code 1008). Nothing is lost when it
    /// reconnects with the same <c>session_id</c>. Output that waits at the reconnect does not count. The memory is used once for
    /// each such client. </value>
    public long MaxPendingBytes { get; set; } = 64L << 20;

    /// <summary>Gets or sets the bytes that are retained for a disconnected client.</summary>
    /// <value>
    /// Default: 128 MiB; at least <see cref="MaxPendingBytes"/>. Beyond it the oldest output is dropped, and a notice tells the
    /// client how much; replies and statuses are kept. Clients of one kernel share most of this memory.
    /// </value>
    public long MaxReplayBytes { get; set; } = 128L << 20;

    /// <summary>Gets or sets the bytes of one client's requests that may wait for the kernel to start them.</summary>
    /// <value>
    /// Default: 128 MiB. At least 1024. A request beyond it is not sent and answered with an error; a single message may exceed
    /// it. At most 10,000 messages wait. The memory is used in the gateway or the kernel, once for each client.
    /// </value>
    public long MaxWaitingRequestBytes { get; set; } = 128L << 20;

    /// <summary>Gets or sets the longest content of a <c>stream</c> message that is sent to clients, in bytes.</summary>
    /// <value>
    /// Default: 256 KiB. At least 1024. A longer one is split into several of the same parent and stream. Clients limit what they receive:
    /// Python's <c>websockets</c> closes on more than 1 MiB. Other messages cannot be split.
    /// </value>
    public int MaxStreamMessageBytes { get; set; } = 256 << 10;

    /// <summary>
    /// Gets or sets how long a disconnected client can resume with the same <c>session_id</c> and get the messages it missed.
    /// </summary>
    /// <value>Default: 24 hours, a laptop closed overnight. More than zero.</value>
    public TimeSpan SessionRetention { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Gets or sets how many disconnected clients of one kernel are remembered.</summary>
    /// <value>
    /// Default: 32. Beyond it the client that disconnected first is removed, and gets a notice when it reconnects. Zero
    /// remembers none, and sends no notice.
    /// </value>
    public int MaxDetachedSessions { get; set; } = 32;

    /// <summary>Gets or sets how often a connection is pinged.</summary>
    /// <value>
    /// Default: 30 seconds. More than zero. Silence does not end a connection: a client may answer its pings when it reads again,
    /// hours later. A client that has answered pings is disconnected when it has sent nothing for four intervals and none of the
    /// bytes that wait could be written. A client that has vanished is found by TCP: on Linux after 5 minutes, at the latest.
    /// </value>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets the longest message a client may send, in bytes.</summary>
    /// <value>Default: 100 MiB. At least 1024. It is held in memory whole. A longer message closes the connection (1009).</value>
    public int MaxMessageBytes { get; set; } = 100 << 20;

    internal KernelChannelOptions Copy() => (KernelChannelOptions)MemberwiseClone();
}
