using KernelGateway.Memory;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>A message in the queues of several clients. It is counted once, because it is in memory once.</summary>
/// <remarks>
/// The creator holds it; every queue that adds it calls <see cref="Hold"/>. The last <see cref="Release"/> releases its bytes.
/// </remarks>
internal sealed class RetainedMessage
{
    // The overhead of each queue that holds it.
    private const int HolderBytes = 128;

    private readonly MemoryAccount _account;
    private int _holders = 1;

    public RetainedMessage(JupyterMessage message, MemoryAccount account)
    {
        _account = account;
        Message = message;
        Size = MessageSize.Measure(message);

        // The message exists already, so it cannot be refused; its holder drops others afterwards.
        account.Reserve(Size + HolderBytes);
    }

    public JupyterMessage Message { get; }

    /// <summary>Gets its size in memory, in bytes.</summary>
    public long Size { get; }

    /// <summary>Adds a holder. Only a holder may call this.</summary>
    public void Hold()
    {
        Interlocked.Increment(ref _holders);
        _account.Reserve(HolderBytes);
    }

    /// <summary>Removes a holder.</summary>
    public void Release()
    {
        _account.Release(Interlocked.Decrement(ref _holders) == 0 ? Size + HolderBytes : HolderBytes);
    }
}
