namespace KernelGateway.Soak;

/// <summary>Something missed its deadline; it is in the findings already.</summary>
internal sealed class HungException(string what, Exception cause) : Exception(what, cause);
