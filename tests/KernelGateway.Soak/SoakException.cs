namespace KernelGateway.Soak;

/// <summary>The exception for a soak that cannot run: something that it needs is missing or does not start.</summary>
internal sealed class SoakException(string message) : Exception(message);
