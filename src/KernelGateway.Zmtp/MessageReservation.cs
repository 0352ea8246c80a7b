namespace KernelGateway.Zmtp;

/// <summary>What one message has reserved of the memory budget. Only messages beyond a size have one.</summary>
/// <remarks>It belongs to the assembler while the message is received, then to the message, which releases it when it is disposed.</remarks>
internal sealed class MessageReservation(IZmtpMemoryBudget budget)
{
    private long _bytes;

    /// <summary>Reserves what is missing; false when the budget refuses it, and nothing has changed then.</summary>
    public bool TryGrowTo(long bytes)
    {
        if (bytes <= _bytes) return true;
        if (!budget.TryReserve(bytes - _bytes)) return false;
        _bytes = bytes;
        return true;
    }

    public void ShrinkTo(long bytes)
    {
        if (bytes >= _bytes) return;
        var freed = _bytes - bytes;
        _bytes = bytes;
        budget.Release(freed);
    }
}
