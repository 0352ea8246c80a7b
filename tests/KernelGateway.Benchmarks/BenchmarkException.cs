namespace KernelGateway.Benchmarks;

/// <summary>The comparison cannot go on; the message is for the person at the terminal.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
