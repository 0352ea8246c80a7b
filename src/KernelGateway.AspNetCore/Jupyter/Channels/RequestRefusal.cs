using System.Globalization;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>Why a client's message is not passed on to the kernel; the client is answered with it.</summary>
/// <param name="Name">The name of the error.</param>
/// <param name="Text">The reason, in a sentence.</param>
internal sealed record RequestRefusal(string Name, string Text)
{
    /// <summary>Gets the answer when the kernel has not taken what it was sent before.</summary>
    public static RequestRefusal QueueFull(long waitingMessages, long waitingBytes) => new(
        "RequestQueueFull",
        string.Create(
            CultureInfo.InvariantCulture,
            $"The kernel has not begun with {waitingMessages} earlier messages of this client ({waitingBytes} bytes); this one was not sent."));

    /// <summary>Gets the answer when the whole gateway holds as much as it may.</summary>
    public static RequestRefusal MemoryFull { get; } = new("GatewayMemoryFull", "The gateway's memory is full at this moment; the message was not sent.");

    /// <summary>Gets what a client is told when one of its requests is followed no longer.</summary>
    public static RequestRefusal Forgotten(int newer) => new(
        "RequestForgotten",
        string.Create(CultureInfo.InvariantCulture, $"{newer} newer requests of this client wait as well; the answer to this one will not be passed on."));
}
