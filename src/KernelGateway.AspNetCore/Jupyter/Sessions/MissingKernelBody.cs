using System.ComponentModel;

namespace KernelGateway.AspNetCore.Jupyter.Sessions;

/// <summary>The body of 501: a session wants a kernel that is not installed.</summary>
[Description("The session wants a kernel that is not installed.")]
internal sealed record MissingKernelBody(
    [property: Description("What was asked for and what there is, as a sentence for people.")] string Message,
    [property: Description("The same in a few words.")] string ShortMessage,
    [property: Description("The name of the status.")] string Reason);
