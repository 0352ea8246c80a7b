namespace KernelGateway.Client.Legacy;

/// <summary>What is called with the output and the end of a process.</summary>
/// <param name="OnStdout">Called with each line of the standard output.</param>
/// <param name="OnStderr">Called with each line of the standard error.</param>
/// <param name="OnExit">Called with the exit code.</param>
internal sealed record ProcessHandlers(Action<ProcessMessage>? OnStdout, Action<ProcessMessage>? OnStderr, Action<int>? OnExit)
{
    /// <summary>Returns these, with those of another in the places of the missing ones.</summary>
    public ProcessHandlers Or(ProcessHandlers other) =>
        new(OnStdout ?? other.OnStdout, OnStderr ?? other.OnStderr, OnExit ?? other.OnExit);
}
