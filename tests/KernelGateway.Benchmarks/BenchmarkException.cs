namespace KernelGateway.Benchmarks;

/// <summary>The comparison cannot continue. The message is shown to the user.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
