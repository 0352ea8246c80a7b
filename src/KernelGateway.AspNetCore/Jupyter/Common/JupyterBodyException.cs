namespace KernelGateway.AspNetCore.Jupyter.Common;

/// <summary>A request body is not as it should be; the message says in what.</summary>
internal sealed class JupyterBodyException(string message) : Exception(message);
