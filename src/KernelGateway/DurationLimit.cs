namespace KernelGateway;

/// <summary>The longest duration that a timer can be set to.</summary>
internal static class DurationLimit
{
    /// <summary>Gets the limit: 49 days. .NET's timers count milliseconds in 32 bits, which is 17 hours more.</summary>
    public static TimeSpan Max { get; } = TimeSpan.FromDays(49);

    /// <summary>Checks a time limit that a caller gave.</summary>
    /// <exception cref="ArgumentException">It is not above zero, or longer than <see cref="Max"/>.</exception>
    public static void Check(TimeSpan? limit, string parameterName)
    {
        if (limit is null) return;
        if (limit <= TimeSpan.Zero) throw new ArgumentException($"The time limit must be more than zero; it is {limit}.", parameterName);
        if (limit > Max)
            throw new ArgumentException($"The time limit must be {Max.TotalDays:0} days or less; it is {limit.Value.TotalDays:0.#} days. Without a limit it is null.", parameterName);
    }
}
