namespace KernelGateway.Server.Configuration;

/// <summary>A setting cannot be used; the message names it and states the reason.</summary>
internal sealed class SettingsException(string message) : Exception(message);
