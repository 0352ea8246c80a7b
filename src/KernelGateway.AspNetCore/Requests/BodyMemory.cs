using KernelGateway.Memory;

namespace KernelGateway.AspNetCore.Requests;

/// <summary>What one request body holds of the gateway's memory. Not thread-safe.</summary>
internal sealed class BodyMemory(MemoryAccount account) : IDisposable
{
    // The account is shared by everybody: it is asked for so much at a time.
    private const long Step = 64 << 10;

    private long _reserved;
    private long _used;

    /// <summary>Adds to what is held.</summary>
    /// <exception cref="BodyMemoryException">There is no room for it at the moment.</exception>
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

    /// <summary>Takes from what is held; the room stays reserved for what follows.</summary>
    public void Remove(long bytes) => _used -= bytes;

    /// <summary>Gives the room back that is not in use.</summary>
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

/// <summary>The requests in flight take as much memory as they may.</summary>
internal sealed class BodyMemoryException() : Exception("Requests in flight take as much memory as they may.");
