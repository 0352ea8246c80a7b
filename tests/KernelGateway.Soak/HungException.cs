namespace KernelGateway.Soak;

/// <summary>The exception for a missed deadline. The finding has already been reported.</summary>
internal sealed class HungException(string what, Exception cause) : Exception(what, cause);
