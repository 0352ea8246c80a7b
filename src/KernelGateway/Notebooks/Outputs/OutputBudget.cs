namespace KernelGateway.Notebooks.Outputs;

/// <summary>How much the outputs of one notebook may hold. What was cleared or replaced does not count.</summary>
internal sealed class OutputBudget(long limit)
{
    private long _used;

    public long Limit => limit;

    /// <summary>Gets a value indicating whether the limit has ever been passed; then nothing more is taken.</summary>
    public bool IsSpent { get; private set; }

    /// <summary>Takes a part, or gives one back when it is negative; false when there is not so much left.</summary>
    public bool TryTake(long size)
    {
        if (size > 0 && (IsSpent || _used + size > limit))
        {
            IsSpent = true;
            return false;
        }

        _used += size;
        return true;
    }
}
