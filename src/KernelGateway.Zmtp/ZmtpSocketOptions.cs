using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KernelGateway.Zmtp;

/// <summary>Settings of one socket. They are read once, when the socket is created.</summary>
public sealed class ZmtpSocketOptions
{
    /// <summary>Gets or sets the routing id this socket announces (REQ, DEALER and ROUTER only).</summary>
    /// <value>0 to 255 bytes, the first not zero. Default: empty, the peer makes one up.</value>
    public ReadOnlyMemory<byte> RoutingId { get; set; }

    /// <summary>Gets or sets how many messages wait to be sent, per connection.</summary>
    /// <value>Messages, 0 or more. Default 1000. 0 means no limit: a peer that stops reading then costs memory without end.</value>
    public int SendHighWaterMark { get; set; } = 1000;

    /// <summary>Gets or sets how many received messages wait for the application, per connection.</summary>
    /// <value>
    /// Messages, 0 or more. Default 1000. At the limit, or when fewer of them have 8 MiB, the connection is not read, so the peer
    /// waits or drops messages. 0 means no limit: an application that stops receiving then uses unlimited memory.
    /// </value>
    public int ReceiveHighWaterMark { get; set; } = 1000;

    /// <summary>Gets or sets the wait before the first attempt to connect again.</summary>
    /// <value>More than zero. Default 10 ms. It doubles with each failure up to <see cref="ReconnectIntervalMax"/>; the
    /// actual wait is a random part between half and all of it.</value>
    public TimeSpan ReconnectInterval { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Gets or sets the longest wait between two attempts to connect.</summary>
    /// <value>Default 1 s. Also the wait after a peer broke the protocol.</value>
    public TimeSpan ReconnectIntervalMax { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets how long greeting and handshake may take.</summary>
    /// <value>Default 30 s. <see cref="TimeSpan.Zero"/> or <see cref="Timeout.InfiniteTimeSpan"/> means no limit: a silent
    /// peer then holds a connection for ever.</value>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets the time between two PING commands.</summary>
    /// <value>Default zero: none are sent. None are sent to peers with ZMTP 3.0. PINGs of a peer are always answered.</value>
    public TimeSpan HeartbeatInterval { get; set; }

    /// <summary>Gets or sets how long a peer may be silent after a PING before its connection is closed.</summary>
    /// <value>Default zero: the same as <see cref="HeartbeatInterval"/>.</value>
    public TimeSpan HeartbeatTimeout { get; set; }

    /// <summary>
    /// Gets or sets the time without bytes after which the peer should close the connection, sent with each PING.
    /// </summary>
    /// <value>
    /// Default zero: none. The unit on the wire is a tenth of a second. At most 65.5 s is sent, because libzmq misreads more.
    /// </value>
    public TimeSpan HeartbeatTtl { get; set; }

    /// <summary>Gets or sets how long disposing waits for unsent messages to be given to the transport.</summary>
    /// <value>
    /// Default 1 s. <see cref="TimeSpan.Zero"/> discards them; <see cref="Timeout.InfiniteTimeSpan"/> waits for ever when the
    /// peer never connects.
    /// </value>
    public TimeSpan Linger { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets the largest frame accepted from a peer.</summary>
    /// <value>Bytes. Default 512 MiB. 0 means no limit but that of an array (2 GiB). A longer one ends the connection before
    /// its body is read.</value>
    public long MaxFrameBytes { get; set; } = 512L << 20;

    /// <summary>Gets or sets the largest message, all its frames together, accepted from a peer.</summary>
    /// <value>Bytes. Default 1 GiB. 0 means no limit: one peer can then fill the memory with a single message.</value>
    public long MaxMessageBytes { get; set; } = 1L << 30;

    /// <summary>Gets or sets the largest number of frames in a message accepted from a peer.</summary>
    /// <value>Frames. Default 10000. 0 means no limit: empty frames cost the peer two bytes and us sixteen.</value>
    public int MaxFramesPerMessage { get; set; } = 10_000;

    /// <summary>Gets or sets the memory limit that this socket shares with other sockets.</summary>
    /// <value>Default null: only the limits of this socket apply, to each connection. A message of more than 80 KiB reserves memory as it
    /// grows, and releases it when it is disposed. A refusal ends the connection, as a message that is too long does. Smaller messages
    /// reserve 8 MiB together when more than 1 MiB of them wait for the application. A refusal then stops the reading of the connection
    /// until the application has taken half of that 1 MiB.</value>
    public IZmtpMemoryBudget? MemoryBudget { get; set; }

    /// <summary>Gets or sets a value indicating whether a new connection takes over a routing id that is in use (ROUTER).</summary>
    /// <value>Default false: the first connection keeps it and the messages of the new one are discarded.</value>
    public bool RouterHandover { get; set; }

    /// <summary>Gets or sets a value indicating whether sending to an unknown routing id, or one with a full queue, throws (ROUTER).</summary>
    /// <value>Default false: such messages are dropped.</value>
    public bool RouterMandatory { get; set; }

    /// <summary>Gets or sets the source of time for waits, deadlines and heartbeats.</summary>
    /// <value>Default <see cref="TimeProvider.System"/>.</value>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Gets or sets the logger of connection changes. Message contents are not logged.</summary>
    /// <value>Default: nowhere.</value>
    public ILogger Logger { get; set; } = NullLogger.Instance;

    // A socket keeps its own copy, so that changing the options later cannot change a running socket.
    internal ZmtpSocketOptions Snapshot()
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(RoutingId.Length, 255);
        if (RoutingId.Length > 0 && RoutingId.Span[0] == 0)
            throw new ArgumentException("A routing id must not begin with a zero byte; those are reserved for generated ids.");
        ArgumentOutOfRangeException.ThrowIfNegative(SendHighWaterMark);
        ArgumentOutOfRangeException.ThrowIfNegative(ReceiveHighWaterMark);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxFrameBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxMessageBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxFramesPerMessage);
        ArgumentOutOfRangeException.ThrowIfEqual(ReconnectInterval, TimeSpan.Zero);
        CheckDuration(ReconnectInterval);
        CheckDuration(ReconnectIntervalMax);
        CheckDuration(HeartbeatInterval);
        CheckDuration(HeartbeatTimeout);
        CheckDuration(HeartbeatTtl);
        if (HandshakeTimeout != Timeout.InfiniteTimeSpan) CheckDuration(HandshakeTimeout);
        if (Linger != Timeout.InfiniteTimeSpan) CheckDuration(Linger);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentNullException.ThrowIfNull(Logger);

        var copy = (ZmtpSocketOptions)MemberwiseClone();
        copy.RoutingId = RoutingId.ToArray();
        return copy;
    }

    // The range of a timer. Checked here, where the caller can still correct it.
    private static void CheckDuration(TimeSpan value, [CallerArgumentExpression(nameof(value))] string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMilliseconds(int.MaxValue), name);
    }
}
