namespace KernelGateway.Server.Copy;

/// <summary>Something cannot be copied. The message is a sentence for people.</summary>
internal sealed class CopyException(string message) : Exception(message);
