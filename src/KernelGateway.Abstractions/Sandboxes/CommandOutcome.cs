namespace KernelGateway.Sandboxes;

/// <summary>What a command wrote, and how it ended.</summary>
/// <param name="Stdout">Its standard output, read as UTF-8.</param>
/// <param name="Stderr">Its standard error, read as UTF-8.</param>
/// <param name="ExitCode">Its exit code; -1 when a signal ended it.</param>
public sealed record CommandOutcome(string Stdout, string Stderr, int ExitCode)
{
    /// <summary>Gets the end in words, as <c>signal: killed</c>; null when it exited with code 0.</summary>
    public string? Error { get; init; }

    /// <summary>Gets a value indicating whether it was killed because of <see cref="CommandOptions.Timeout"/>.</summary>
    public bool WasTimeLimit { get; init; }
}
