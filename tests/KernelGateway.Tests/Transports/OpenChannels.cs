using System.Globalization;
using System.Text;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Testing;
using KernelGateway.Transports;

namespace KernelGateway.Tests.Transports;

/// <summary>The channels to one kernel, with a log of their events.</summary>
internal sealed class OpenChannels : IAsyncDisposable
{
    public const string RoutingId = "client-of-the-test";

    private static readonly KernelChannel[] Connected = [KernelChannel.IOPub, KernelChannel.Shell, KernelChannel.Control, KernelChannel.Stdin];

    private OpenChannels(IKernelChannels channels)
    {
        Channels = channels;
        channels.Changed += Events.Add;
    }

    public IKernelChannels Channels { get; }

    public AwaitableLog<ChannelEvent> Events { get; } = new();

    /// <summary>Opens the channels and connects them, without waiting for the connections.</summary>
    public static OpenChannels Open(TestedTransport tested, KernelConnectionInfo kernel, KernelChannelsOptions? options = null)
    {
        var opened = new OpenChannels(tested.Transport.Open(kernel, options ?? new KernelChannelsOptions { RoutingId = RoutingId }));
        foreach (var channel in Connected) opened.Channels.Connect(channel);
        return opened;
    }

    public Task WaitForAsync(KernelChannel channel, ChannelChange change, CancellationToken cancellationToken, int number = 1) =>
        Events.WaitForAsync(happened => happened.Channel == channel && happened.Change == change, number, cancellationToken);

    public ValueTask SendAsync(KernelChannel channel, string text, CancellationToken cancellationToken) =>
        Channels.SendAsync(channel, [Frame(text)], cancellationToken);

    /// <summary>Receives a message and returns its frames as text.</summary>
    public async Task<string> ReceiveAsync(KernelChannel channel, CancellationToken cancellationToken)
    {
        using var message = await Channels.ReceiveAsync(channel, cancellationToken);
        return Text(message.Frames);
    }

    public static ReadOnlyMemory<byte> Frame(string text) => Encoding.ASCII.GetBytes(text);

    public static ReadOnlyMemory<byte> Frame(int number) => Frame(number.ToString(CultureInfo.InvariantCulture));

    public static string Text(IEnumerable<ReadOnlyMemory<byte>> frames) =>
        string.Join('|', frames.Select(frame => Encoding.ASCII.GetString(frame.Span)));

    public ValueTask DisposeAsync() => Channels.DisposeAsync();
}
