namespace KernelGateway.Kernelspecs;

/// <summary>A <c>kernel.json</c> cannot be used; the message says why. Never leaves the catalog.</summary>
internal sealed class KernelSpecFormatException(string problem, Exception? innerException = null) : Exception(problem, innerException);
