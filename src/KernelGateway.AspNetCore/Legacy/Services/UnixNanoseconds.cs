namespace KernelGateway.AspNetCore.Legacy.Services;

/// <summary>The timestamps of notifications.</summary>
internal static class UnixNanoseconds
{
    private const long NanosecondsPerTick = 100;

    /// <summary>Returns the nanoseconds since 1970.</summary>
    public static long Now(TimeProvider time) => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick;
}
