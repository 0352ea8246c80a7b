using KernelGateway.Memory;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>A message that the queues of several clients hold: it is in memory once, and so it is counted once.</summary>
/// <remarks>Whoever makes it holds it; every queue that takes it calls <see cref="Hold"/>. The last <see cref="Release"/> gives its bytes back.</remarks>
internal sealed class RetainedMessage
{
    // What each queue that holds it has for it.
    private const int HolderBytes = 128;

    private readonly MemoryAccount _account;
    private int _holders = 1;

    public RetainedMessage(JupyterMessage message, MemoryAccount account)
    {
        _account = account;
        Message = message;
        Size = MessageSize.Of(message);

        // The message exists already, so it cannot be refused; whoever keeps it makes room afterwards.
        account.Reserve(Size + HolderBytes);
    }

    public JupyterMessage Message { get; }

    /// <summary>Gets what it costs, in bytes.</summary>
    public long Size { get; }

    /// <summary>Keeps it for one more holder. Only somebody who holds it may call this.</summary>
    public void Hold()
    {
        Interlocked.Increment(ref _holders);
        _account.Reserve(HolderBytes);
    }

    /// <summary>Gives it up, once for each holder.</summary>
    public void Release()
    {
        _account.Release(Interlocked.Decrement(ref _holders) == 0 ? Size + HolderBytes : HolderBytes);
    }
}
