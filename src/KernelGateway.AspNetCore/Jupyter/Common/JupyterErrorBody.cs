using System.ComponentModel;

namespace KernelGateway.AspNetCore.Jupyter.Common;

/// <summary>The body of an error on Jupyter's routes.</summary>
[Description("An error, in the form of Jupyter's servers.")]
internal sealed record JupyterErrorBody(
    [property: Description("The error as a sentence; clients show it.")] string Message,
    [property: Description("The kind of error: the name of the status, or `Resource Limit`.")] string Reason);
