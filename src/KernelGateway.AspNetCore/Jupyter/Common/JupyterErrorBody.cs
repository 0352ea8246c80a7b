using System.ComponentModel;

namespace KernelGateway.AspNetCore.Jupyter.Common;

/// <summary>The body of an error on Jupyter's routes.</summary>
[Description("An error, as Jupyter's servers answer it.")]
internal sealed record JupyterErrorBody(
    [property: Description("What went wrong, as a sentence for people; clients show it.")] string Message,
    [property: Description("The kind of error: the name of the status, or `Resource Limit`.")] string Reason);
