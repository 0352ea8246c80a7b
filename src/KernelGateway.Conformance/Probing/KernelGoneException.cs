namespace KernelGateway.Conformance.Probing;

/// <summary>The process of the kernel ended while something was expected of it.</summary>
internal sealed class KernelGoneException(string exit) : Exception($"the kernel ended ({exit})");
