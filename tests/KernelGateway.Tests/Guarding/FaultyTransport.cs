using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Transports;
using KernelGateway.Transports.Zmtp;

namespace KernelGateway.Tests.Guarding;

/// <summary>A defective transport of the host: that of the gateway, with faults that the test chooses.</summary>
internal sealed class FaultyTransport : IChannelTransport
{
    /// <summary>Gets or sets why no kernel on Unix sockets can be reached; null for no such limit.</summary>
    public string? IpcProblem { get; set; }

    /// <summary>Gets or sets whether channels cannot be opened.</summary>
    public bool OpenThrows { get; set; }

    /// <summary>Gets or sets a task on whose completion every receive on iopub fails; null for never.</summary>
    public Task? ReceiveFailsAfter { get; set; }

    /// <summary>Gets or sets the task for which the disposal of channels waits; null for no wait.</summary>
    public Task? DisposalWaitsFor { get; set; }

    public string Name => "a faulty transport";

    public string? FindProblem(KernelTransport addresses) => addresses == KernelTransport.Ipc ? IpcProblem : null;

    public IKernelChannels Open(KernelConnectionInfo kernel, KernelChannelsOptions options) =>
        OpenThrows ? throw new IOException("The transport is out of order.") : new Channels(this, ZmtpChannelTransport.Instance.Open(kernel, options));

    private sealed class Channels(FaultyTransport transport, IKernelChannels inner) : IKernelChannels
    {
        private readonly Task? _receiveFailsAfter = transport.ReceiveFailsAfter;

        public event Action<ChannelEvent>? Changed
        {
            add => inner.Changed += value;
            remove => inner.Changed -= value;
        }

        public void Connect(KernelChannel channel) => inner.Connect(channel);

        public ValueTask SendAsync(KernelChannel channel, IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken) =>
            inner.SendAsync(channel, frames, cancellationToken);

        public async ValueTask<ChannelMessage> ReceiveAsync(KernelChannel channel, CancellationToken cancellationToken)
        {
            var receiving = inner.ReceiveAsync(channel, cancellationToken).AsTask();
            if (channel == KernelChannel.IOPub && _receiveFailsAfter is { } failing && await Task.WhenAny(receiving, failing) == failing)
                throw new IOException("The transport has lost its memory.");
            return await receiving;
        }

        public bool TryReceive(KernelChannel channel, out ChannelMessage message) => inner.TryReceive(channel, out message);

        public Task<bool> PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            if (transport.DisposalWaitsFor is { } never) await never;
            await inner.DisposeAsync();
        }
    }
}
