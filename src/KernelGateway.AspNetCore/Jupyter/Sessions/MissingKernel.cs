using System.ComponentModel;
using KernelGateway.AspNetCore.Responses;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace KernelGateway.AspNetCore.Jupyter.Sessions;

/// <summary>Answers for a session whose kernelspec is not installed: 501, upon which front ends offer another one.</summary>
internal static class MissingKernel
{
    public static Task WriteAsync(HttpContext context, KernelSpecNotFoundException exception)
    {
        const int Status = StatusCodes.Status501NotImplemented;
        var name = exception.RequestedName ?? exception.RequestedLanguage;
        return JsonAnswer.WriteAsync(
            context, Status, new MissingKernelBody(exception.Message, $"{name} not found", ReasonPhrases.GetReasonPhrase(Status)));
    }
}

/// <summary>The body of 501: the kernel of a session is not installed.</summary>
[Description("The session wants a kernel that is not installed.")]
internal sealed record MissingKernelBody(
    [property: Description("The requested kernelspec and the installed ones, as a sentence.")] string Message,
    [property: Description("The same in a few words.")] string ShortMessage,
    [property: Description("The name of the status.")] string Reason);
