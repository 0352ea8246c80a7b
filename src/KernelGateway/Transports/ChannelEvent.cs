using KernelGateway.Protocol;

namespace KernelGateway.Transports;

/// <summary>The kind of an event of a channel.</summary>
public enum ChannelChange
{
    /// <summary>A connection was made.</summary>
    /// <remarks>
    /// It has finished ZMTP's handshake if the transport can see that. A kernel then knows the routing id, and a message to it is not dropped.
    /// </remarks>
    Connected = 0,

    /// <summary>The connection has ended, for whatever reason. <see cref="IKernelChannels.TryReceive"/> takes what it had delivered.</summary>
    Lost = 1,

    /// <summary>A message of the kernel exceeded a limit, and was dropped. The connection may end with it, which another event reports.</summary>
    MessageRefused = 2,
}

/// <summary>Reports that a channel was connected or lost, or that a message could not be taken.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Change">What has happened.</param>
/// <param name="Problem">The limit that a refused message exceeded, as a sentence for people; otherwise null.</param>
public readonly record struct ChannelEvent(KernelChannel Channel, ChannelChange Change, string? Problem = null);
