namespace KernelGateway.Client.Connect;

/// <summary>The time limit of a command, a terminal or a watch.</summary>
internal static class StreamTimeout
{
    // Servers count milliseconds with 32 bits; it is also what a timer of .NET can wait for.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    /// <summary>Returns the limit; null for none, which is <see cref="Timeout.InfiniteTimeSpan"/> or zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or longer than 24 days.</exception>
    public static TimeSpan? Read(TimeSpan value, string name)
    {
        if (value == Timeout.InfiniteTimeSpan || value == TimeSpan.Zero) return null;
        if (value > TimeSpan.Zero && value <= Longest) return value;
        throw new ArgumentOutOfRangeException(
            name, value, $"The Timeout is above zero and at most {Longest.TotalDays:0} days, or Timeout.InfiniteTimeSpan for no limit.");
    }
}
