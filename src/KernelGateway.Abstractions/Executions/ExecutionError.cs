namespace KernelGateway.Executions;

/// <summary>An error that the code raised: a result, not an exception of the gateway.</summary>
/// <param name="Name">The name of the exception's type, as the kernel gives it.</param>
/// <param name="Value">Its message.</param>
/// <param name="Traceback">Its traceback, one line or block each; may contain terminal colors, as the kernel sent it.</param>
public sealed record ExecutionError(string Name, string Value, IReadOnlyList<string> Traceback);
