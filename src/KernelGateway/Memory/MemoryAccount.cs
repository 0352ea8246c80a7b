namespace KernelGateway.Memory;

/// <summary>Counts the bytes that the gateway retains or has in flight, against one limit.</summary>
/// <remarks>
/// Every owner of bytes whose number depends on a client or a kernel reserves them here at their cost, overhead included, and
/// releases the same number when they are freed. Bytes that <see cref="TryReserve"/> does not grant are refused, dropped and
/// counted, or written to the disk by their owner.
/// </remarks>
internal sealed class MemoryAccount
{
    private long _usedBytes;

    public MemoryAccount(long limitBytes)
    {
        LimitBytes = limitBytes;
        ReceivedMessages = new ReceivedMessageBudget(this);
    }

    /// <summary>Gets how much may be reserved, in bytes.</summary>
    public long LimitBytes { get; }

    /// <summary>Gets the number of reserved bytes; unconditional reservations can exceed the limit.</summary>
    public long UsedBytes => Volatile.Read(ref _usedBytes);

    /// <summary>Gets the part of the account for messages of kernels from their arrival until they have been dispatched.</summary>
    public ReceivedMessageBudget ReceivedMessages { get; }

    /// <summary>
    /// Gets or sets the callback that evicts objects that are retained only for later reads. Its argument is the number of needed
    /// bytes; it returns whether it has evicted anything. Any thread may call it, also with other locks held.
    /// </summary>
    public Func<long, bool>? Reclaim { get; set; }

    /// <summary>
    /// Gets or sets the callback for each reservation and, as a negative number, each release. It is called by any thread.
    /// </summary>
    public Action<long>? Used { get; set; }

    /// <summary>Reserves bytes unless they would exceed the limit, also after <see cref="Reclaim"/>; false when they would.</summary>
    public bool TryReserve(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (TryAdd(bytes)) return true;
        return bytes <= LimitBytes && Reclaim is { } reclaim && reclaim(bytes) && TryAdd(bytes);
    }

    /// <summary>Returns whether more than the limit is reserved, also after <see cref="Reclaim"/>.</summary>
    public bool IsExceeded()
    {
        var excess = UsedBytes - LimitBytes;
        if (excess <= 0) return false;
        Reclaim?.Invoke(excess);
        return UsedBytes > LimitBytes;
    }

    /// <summary>Reserves bytes that exist already and cannot be refused, beyond the limit if need be.</summary>
    public void Reserve(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Interlocked.Add(ref _usedBytes, bytes);
        Used?.Invoke(bytes);
    }

    /// <summary>Releases reserved bytes.</summary>
    public void Release(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Interlocked.Add(ref _usedBytes, -bytes);
        Used?.Invoke(-bytes);
    }

    private bool TryAdd(long bytes)
    {
        Used?.Invoke(bytes);
        if (Interlocked.Add(ref _usedBytes, bytes) <= LimitBytes) return true;
        Interlocked.Add(ref _usedBytes, -bytes);
        return false;
    }
}
