namespace KernelGateway.Notebooks.Outputs;

/// <summary>How much the outputs of one notebook may hold. What was cleared or replaced does not count.</summary>
internal sealed class OutputBudget(long limit)
{
    private long _used;

    public long Limit => limit;

    /// <summary>Gets a value indicating whether the limit has ever been passed; then nothing more is taken.</summary>
    public bool IsSpent { get; private set; }

    /// <summary>Returns whether a part of that size can be looked at at all, of which less may be taken in the end.</summary>
    public bool CanHold(long size)
    {
        IsSpent |= size > limit;
        return !IsSpent;
    }

    /// <summary>Takes a part, or gives one back when it is negative; false when there is not so much left.</summary>
    public bool TryTake(long size)
    {
        IsSpent |= size > 0 && _used + size > limit;
        if (IsSpent && size > 0) return false;
        Take(size);
        return true;
    }

    /// <summary>Takes a part whatever is left.</summary>
    public void Take(long size) => _used += size;
}
