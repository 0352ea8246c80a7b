namespace KernelGateway.Client.Interpreters;

/// <summary>How streams of events are read.</summary>
/// <param name="MaxSilence">How long a stream may be silent before its connection counts as lost.</param>
/// <param name="ResumeTimeout">How long the client tries to go on after a lost connection.</param>
/// <param name="RetryDelay">The wait before the second attempt to go on, which doubles each time.</param>
/// <param name="MaxRetries">How often a request is repeated.</param>
internal sealed record StreamOptions(TimeSpan MaxSilence, TimeSpan ResumeTimeout, TimeSpan RetryDelay, int MaxRetries);
