using KernelGateway.Zmtp;

namespace KernelGateway.Transports.Zmtp;

/// <summary>The account of the gateway's memory, as ZMTP sockets ask for it.</summary>
internal sealed class ZmtpMessageBudget(IMessageBudget budget) : IZmtpMemoryBudget
{
    public bool TryReserve(long bytes) => budget.TryReserve(bytes);

    public void Release(long bytes) => budget.Release(bytes);
}
