using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KernelGateway.Transports;

/// <summary>What the channels of one kernel must keep to. The gateway sets it; a transport reads it.</summary>
public sealed class KernelChannelsOptions
{
    /// <summary>
    /// How many bytes of received messages may wait on a channel, 8 MiB, although they are fewer than <see cref="MaxQueuedMessages"/>. A single
    /// message may have more.
    /// </summary>
    public const long MaxQueuedBytes = 8 << 20;

    /// <summary>Gets the routing id, in ASCII, with which shell, control and stdin identify themselves.</summary>
    /// <value>All three have the same one: a kernel sends its input requests on stdin to the routing id of the shell request.</value>
    public required string RoutingId { get; init; }

    /// <summary>Gets how many messages may wait in each direction of a channel.</summary>
    /// <value>
    /// Default: 1000. Beyond it senders wait, and the connection is not read. A transport may hold some more messages in buffers of its own.
    /// </value>
    public int MaxQueuedMessages { get; init; } = 1000;

    /// <summary>Gets the longest wait between two attempts to connect.</summary>
    /// <value>Default: 50 milliseconds. A kernel that starts binds its sockets after a second or so; each wait is start-up time lost.</value>
    public TimeSpan MaxRetryInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Gets the largest frame of a kernel that is accepted.</summary>
    /// <value>Bytes. Default: 512 MiB. A longer frame is refused before memory is taken for it.</value>
    public long MaxFrameBytes { get; init; } = 512L << 20;

    /// <summary>Gets the largest message of a kernel that is accepted, all its frames together.</summary>
    /// <value>Bytes. Default: 1 GiB.</value>
    public long MaxMessageBytes { get; init; } = 1L << 30;

    /// <summary>Gets the largest number of frames in a message of a kernel that is accepted.</summary>
    /// <value>Frames. Default: 10000.</value>
    public int MaxFramesPerMessage { get; init; } = 10_000;

    /// <summary>Gets the account of the memory that received messages of all kernels take, until they are disposed.</summary>
    /// <value>Default: null, for no limit but the others here.</value>
    public IMessageBudget? Budget { get; init; }

    /// <summary>Gets the clock.</summary>
    /// <value>Default: <see cref="TimeProvider.System"/>.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gets the logger. Contents of messages are not logged.</summary>
    /// <value>Default: nowhere.</value>
    public ILogger Logger { get; init; } = NullLogger.Instance;
}
