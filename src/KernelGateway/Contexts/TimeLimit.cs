namespace KernelGateway.Contexts;

/// <summary>Chooses the time limit of an execution from what its caller and the operator want.</summary>
internal static class TimeLimit
{
    /// <summary>Returns the time limit; null for none.</summary>
    /// <param name="wanted">The caller's; null for the default, <see cref="Timeout.InfiniteTimeSpan"/> for the longest that is allowed.</param>
    /// <param name="options">The operator's.</param>
    /// <param name="parameterName">The name of the caller's parameter, for the exception.</param>
    /// <exception cref="ArgumentException">It is not above zero, longer than 49 days, or longer than the operator allows.</exception>
    public static TimeSpan? Choose(TimeSpan? wanted, ContextOptions options, string parameterName)
    {
        if (wanted is null) return options.DefaultTimeout ?? options.MaxTimeout;
        if (wanted == Timeout.InfiniteTimeSpan) return options.MaxTimeout;
        DurationLimit.Check(wanted, parameterName);
        return wanted > options.MaxTimeout
            ? throw new ArgumentException($"The time limit is at most {options.MaxTimeout} here; it is {wanted}.", parameterName)
            : wanted;
    }
}
