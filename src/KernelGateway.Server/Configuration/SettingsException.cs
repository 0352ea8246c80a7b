namespace KernelGateway.Server.Configuration;

/// <summary>A setting cannot be used; the message names it and says why.</summary>
internal sealed class SettingsException(string message) : Exception(message);
