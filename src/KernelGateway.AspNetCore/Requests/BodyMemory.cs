using KernelGateway.Memory;

namespace KernelGateway.AspNetCore.Requests;

/// <summary>The memory of one request body in the gateway's account. Not thread-safe.</summary>
internal sealed class BodyMemory(MemoryAccount account) : IDisposable
{
    // The account is shared, so memory is reserved in blocks.
    private const long Step = 64 << 10;

    private long _reserved;
    private long _used;

    /// <summary>Adds bytes.</summary>
    /// <exception cref="BodyMemoryException">The account has no room at the moment.</exception>
    public void Add(long bytes)
    {
        if (_used + bytes > _reserved)
        {
            var missing = _used + bytes - _reserved;
            var wanted = (missing + Step - 1) / Step * Step;
            if (!account.TryReserve(wanted)) throw new BodyMemoryException();
            _reserved += wanted;
        }

        _used += bytes;
    }

    /// <summary>Removes bytes; they stay reserved for what follows.</summary>
    public void Remove(long bytes) => _used -= bytes;

    /// <summary>Releases the reserved bytes that are not in use.</summary>
    public void Trim()
    {
        account.Release(_reserved - _used);
        _reserved = _used;
    }

    public void Dispose()
    {
        _used = 0;
        Trim();
    }
}

/// <summary>The memory account has no room for the request.</summary>
internal sealed class BodyMemoryException() : Exception("There is no memory for the request body at the moment.");
