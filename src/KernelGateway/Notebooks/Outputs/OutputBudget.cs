namespace KernelGateway.Notebooks.Outputs;

/// <summary>The limit of the outputs of one notebook. Cleared and replaced output does not count.</summary>
internal sealed class OutputBudget(long limit)
{
    private long _used;

    public long Limit => limit;

    /// <summary>Gets a value indicating whether the limit has ever been exceeded; then no further output is accepted.</summary>
    public bool IsSpent { get; private set; }

    /// <summary>Returns whether a part of that size can be processed; the accepted size may be smaller in the end.</summary>
    public bool CanHold(long size)
    {
        IsSpent |= size > limit;
        return !IsSpent;
    }

    /// <summary>Reserves a part, or releases one when it is negative; false when less is left.</summary>
    public bool TryTake(long size)
    {
        IsSpent |= size > 0 && _used + size > limit;
        if (IsSpent && size > 0) return false;
        Take(size);
        return true;
    }

    /// <summary>Reserves a part even beyond the limit.</summary>
    public void Take(long size) => _used += size;
}
