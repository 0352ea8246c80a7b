namespace KernelGateway.Soak;

/// <summary>The soak cannot go on: something it needs is missing or does not start.</summary>
internal sealed class SoakException(string message) : Exception(message);
